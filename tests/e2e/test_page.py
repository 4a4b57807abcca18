"""The page in headless Chromium: a switch is opened there by hand; page, service and database say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import PAGE_MARKS, opened
from tests.e2e.service import Service
from topogroup.journal.sqlite import SqliteJournal

pytestmark = PAGE_MARKS


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Return the running demo."""
    running = Service(tmp_path / "data", command="demo").start()
    yield running
    if running.running:
        running.kill()


@pytest.fixture
def page(service: Service) -> Iterator[Page]:
    """Return the page, as the address that the program prints opens it; only lost connections may be complained of."""
    complaints: list[str] = []
    with opened(service, complaints) as shown:
        shown.wait_for_selector("#groups li[data-name='S1-F1']")
        yield shown
    assert [one for one in complaints if "net::ERR_" not in one and "503" not in one] == []


def count_of(page: Page, group: str) -> int:
    """Return how many members the page shows for a group."""
    return int(page.inner_text(f"#groups li[data-name='{group}'] .count"))


def test_a_switch_is_opened_by_hand(service: Service, page: Page, tmp_path: Path) -> None:
    """The token is gone from the address; the groups, the events and the database follow the switch."""
    assert service.token not in page.url
    before = count_of(page, "S1-F1")
    assert before > 0
    page.fill("#switch-search", "S1-F1-CB")
    page.press("#switch-search", "Enter")
    page.click("#switch-panel button:has-text('Open')")
    page.wait_for_selector("#switch-panel button:has-text('Close')")
    page.wait_for_selector("#events li[data-verb='executed']")
    page.wait_for_selector("#groups li[data-name='S1-F1'] .count:text-is('0')")
    shown = page.locator("#events li").evaluate_all("all => all.map(one => one.dataset.id)")
    with service.client() as client:
        switch = client.get("/v1/switches/S1-F1-CB").json()
        stored = client.get("/v1/events", params={"after": "1-8"}, headers={"Accept": "application/json"}).json()
    assert (switch["open"], switch["normal_open"], switch["source"]) == (True, False, "DMS")
    assert sorted(shown) == sorted(event["id"] for event in stored["items"])
    left = [event for event in stored["items"] if event["group"]["name"] == "S1-F1"]
    assert [len(event["left"]) for event in left] == [before]
    assert service.stop() == 0
    journal = SqliteJournal(tmp_path / "data" / "journal.sqlite")
    saved = journal.load()
    journal.close()
    assert [row.open != 0 for row in saved.switches] == [True]
    assert saved.last_event == 8 + len(stored["items"])


def test_what_others_do_appears_without_a_reload(service: Service, page: Page) -> None:
    """A DMS opens a switch and closes it again; the page shows members, events and the switch."""
    before = count_of(page, "S1-F2")
    with service.client() as client:
        for sequence, opens, count in ((1, True, 0), (2, False, before)):
            operation = {"switch": "S1-F2-CB", "open": opens}
            body = {"source": "dms", "sequence": sequence, "operations": [operation]}
            assert client.post("/v1/switching", json=body).status_code == 200
            page.wait_for_selector(f"#groups li[data-name='S1-F2'] .count:text-is('{count}')")
    page.wait_for_selector("#events li[data-verb='changed']")
    assert page.locator("#events li[data-verb='executed']").count() == 2
    page.click("#groups li[data-name='S1-F2'] button")
    page.wait_for_selector("#groups li[data-name='S1-F2'].open")


def test_the_page_finds_its_way_back_after_kill_9(service: Service, page: Page) -> None:
    """It connects again by itself and shows what happened meanwhile."""
    port = int(service.url.rpartition(":")[2])
    service.kill()
    page.wait_for_selector("#connection[data-state='lost'], #connection[data-state='connecting']")
    page.evaluate("() => 0")
    service.start(port=port)
    page.wait_for_selector("#connection[data-state='live']")
    with service.client() as client:
        body = {"source": "dms", "sequence": 9, "operations": [{"switch": "S1-F3-CB", "open": True}]}
        assert client.post("/v1/switching", json=body).status_code == 200
    page.wait_for_selector("#groups li[data-name='S1-F3'] .count:text-is('0')")
