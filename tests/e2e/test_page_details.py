"""The page in headless Chromium: details of a DER, further names of a switch, versions of the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import PAGE_MARKS, opened
from tests.e2e.service import Service

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
pytestmark = PAGE_MARKS


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Return a running service on the sample, with one group for each feeder."""
    running = Service(tmp_path / "data", [SAMPLE]).start()
    with running.client() as client:
        assert client.post("/v1/templates", json={"by": ["feeder"]}).is_success
    yield running
    running.kill()


@pytest.fixture
def page(service: Service) -> Iterator[Page]:
    """Return the page; nothing may be complained of."""
    complaints: list[str] = []
    with opened(service, complaints) as shown:
        shown.wait_for_selector("#groups li[data-name='S1-F1']")
        yield shown
    assert complaints == []


def rows_of(page: Page, id_: str) -> list[tuple[str, str]]:
    """Return terms and texts of a list of the page."""
    terms, texts = page.locator(f"#{id_} dt").all_inner_texts(), page.locator(f"#{id_} dd").all_inner_texts()
    return list(zip(terms, texts, strict=True))


def test_a_der_shows_its_nameplate_and_places(service: Service, page: Page) -> None:
    """With the keyboard alone: the units are those of people; where it hangs follows the switches."""
    page.press("#groups li[data-name='S1-F1'] button.row", "Enter")
    page.press("#groups .members button:text-is('S1-F1-D1')", "Enter")
    page.wait_for_selector("#der-nameplate")
    assert rows_of(page, "der-nameplate") == [
        ("Kind", "hybrid"),
        ("Rated power", "180 kW"),
        ("Least power", "-90 kW"),
        ("Apparent power", "90 kVA"),
        ("Reactive power", "-36 kvar to 36 kvar"),
        ("Storage", "180 kWh"),
        ("IEEE 1547 normal", "–"),
        ("IEEE 1547 abnormal", "–"),
        ("Phases", "ABC"),
        ("Voltage", "0.4 kV"),
        ("End devices", "–"),
    ]
    places = [
        ("Supply", "energised"),
        ("Substation", "S1"),
        ("Transformer", "S1-T1"),
        ("Feeder", "S1-F1"),
        ("LV feeder", "–"),
        ("Service transformer", "S1-F1-ST1"),
    ]
    assert rows_of(page, "der-places") == places
    with service.client() as client:
        body = {"source": "dms", "sequence": 1, "operations": [{"switch": "S1-F1-CB", "open": True}]}
        assert client.post("/v1/switching", json=body).status_code == 200
    page.wait_for_selector("#der-places dt:text-is('Feeder now')")
    moved = dict(rows_of(page, "der-places"))
    assert (moved["Feeder now"], moved["Feeder normally"]) == ("–", "S1-F1")
    page.press("#der-close", "Enter")
    assert page.is_hidden("#der")


def test_a_switch_shows_its_further_names_as_text(service: Service, page: Page) -> None:
    """What looks like markup in a table of aliases is text."""
    with service.client() as client:
        mrid = client.get("/v1/switches/S1-F1-CB").json()["mrid"]
        table = f"alias,mrid\nP<b>17</b>,{mrid}\n"
        assert client.put("/v1/aliases/scada", content=table, headers={"Content-Type": "text/csv"}).is_success
        names = client.get("/v1/switches/S1-F1-CB/names").json()
    name = {"name": "P<b>17</b>", "source": "scada", "type": "", "authority": "", "phases": ""}
    assert (names["mrid"], names["items"]) == (mrid, [name])
    for switch, text in (("S1-F1-CB", "P<b>17</b> (scada)"), ("S1-F2-CB", "–")):
        page.fill("#switch-search", switch)
        page.press("#switch-search", "Enter")
        page.wait_for_selector(f"#switch-panel h3:text-is('{switch}')")
        page.wait_for_function("() => document.getElementById('switch-names-further').textContent !== '…'")
        assert page.inner_text("#switch-names-further") == text


def test_another_version_is_activated_after_a_question(service: Service, page: Page) -> None:
    """Cancelling does nothing; the question names both versions; the findings stand by code."""
    other = SAMPLE.read_bytes().replace(b"S1-F1-D1<", b"S1-F1-D1x<")
    with service.client() as client:
        sent = client.post("/v1/models", params={"name": "second"}, content=other)
        assert sent.status_code == 202
        page.press("#models summary", "Enter")
        button = page.locator("#model-versions li:has(.name:text-is('second')) > button")
        button.wait_for()
        assert page.locator("#model-versions .kind").all_inner_texts() == ["active, 60 DER", "ready"]
        assert page.locator("#model-findings b").all_inner_texts() == [
            "nameplate_doubtful, warning, 7",
            "p_sign_assumed, info, 1",
            "power_unit_assumed, info, 1",
            "source_decided, info, 1",
        ]
        button.press("Enter")
        said = "Make second the active model instead of sample.xml? All groups follow in one revision."
        assert page.get_attribute(".confirm", "aria-label") == said
        page.press(".confirm button:text-is('Cancel')", "Enter")
        page.wait_for_selector(".confirm", state="detached")
        assert page.inner_text("#model") == "sample.xml"
        button.press("Enter")
        page.press(".confirm .yes", "Enter")
        page.wait_for_selector("#model:text-is('second')")
        page.wait_for_selector("#model-versions li:first-child .name:text-is('second')")
        states = {one["name"]: one["state"] for one in client.get("/v1/models").json()["items"]}
    assert states == {"second": "active", "sample.xml": "ready"}


def test_without_a_model_the_page_says_so(tmp_path: Path) -> None:
    """An empty service has no versions and no findings."""
    running = Service(tmp_path / "empty").start(ready=False)
    complaints: list[str] = []
    with opened(running, complaints) as page:
        page.click("#models summary")
        page.wait_for_selector("#model-versions li")
        assert page.locator("#models-body li").all_inner_texts() == ["No network model yet."]
        assert page.is_hidden("#der")
    running.kill()
