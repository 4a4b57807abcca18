"""Access: token, cookie, foreign hosts and origins."""

from __future__ import annotations

import re
import stat

import httpx
import pytest

from tests.api.live import Live

NEVER = {"authorization": ""}


def bare(service: Live, method: str, path: str, **headers: str) -> httpx.Response:
    """Ask without the token."""
    with httpx.Client(base_url=service.url, trust_env=False) as client:
        return client.request(method, path, headers=headers)


def cookie_of(service: Live) -> str:
    """Visit the address that the service prints, and return the cookie it gives."""
    answer = bare(service, "GET", f"/?token={service.token}")
    assert answer.status_code == 200 and service.token not in answer.text
    given = answer.headers["set-cookie"]
    assert "HttpOnly" in given and "samesite=strict" in given.lower() and service.token not in given
    return str(given.split(";")[0])


def test_without_a_token_nothing_but_the_pulse_is_told(unchanged: Live) -> None:
    """/livez and /readyz answer everybody on this machine."""
    assert bare(unchanged, "GET", "/livez").status_code == 200
    assert bare(unchanged, "GET", "/readyz").status_code == 200
    for path in ("/v1/groups", "/v1/events", "/metrics", "/openapi.json", "/js/main.js", "/v1/nothing"):
        answer = bare(unchanged, "GET", path)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "not_signed_in"
    page = bare(unchanged, "GET", "/")
    assert page.status_code == 401 and "text/html" in page.headers["content-type"]


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic abc", "wrong"])
def test_a_wrong_token_is_refused(unchanged: Live, header: str) -> None:
    """Whatever cookie comes with it."""
    answer = bare(unchanged, "GET", "/v1/groups", authorization=header, cookie=cookie_of(unchanged))
    assert answer.status_code == 401
    assert bare(unchanged, "GET", "/?token=wrong").status_code == 401


def test_the_token_lies_in_a_file_for_its_owner_alone(unchanged: Live) -> None:
    """The same at every start."""
    file = unchanged.service.directory.path / "token"
    assert file.read_text() == unchanged.token + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_page_swaps_the_token_for_a_cookie(unchanged: Live) -> None:
    """The cookie reads and, from the page's own origin, changes."""
    cookie = cookie_of(unchanged)
    assert bare(unchanged, "GET", "/v1/groups", cookie=cookie).status_code == 200
    body = {"cookie": cookie, "content-type": "application/json"}
    own = bare(unchanged, "POST", "/v1/switching", origin=unchanged.url, **body)
    assert own.json()["code"] == "bad_json"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:1"},
    ],
)
def test_another_site_cannot_change_anything_with_the_cookie(unchanged: Live, headers: dict[str, str]) -> None:
    """Ports of one machine share cookies, so even another port of it is foreign."""
    answer = bare(unchanged, "POST", "/v1/switching", cookie=cookie_of(unchanged), **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_another_site_cannot_read_with_the_cookie(unchanged: Live) -> None:
    """A visit by link may open the page, a script may not read."""
    cookie = cookie_of(unchanged)
    script = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "cookie": cookie}
    assert bare(unchanged, "GET", "/v1/groups", **script).status_code == 403
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "cookie": cookie}
    assert bare(unchanged, "GET", "/", **visit).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.1", "", "127.0.0.1.evil.example", "[::1"])
def test_a_foreign_host_is_not_answered(unchanged: Live, host: str) -> None:
    """A name that somebody else's DNS points here (rebinding) gets nothing, not even with the token."""
    answer = unchanged.get("/v1/groups", headers={"Host": host})
    assert answer.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:80", "LOCALHOST:8061"])
def test_this_machine_has_several_names(unchanged: Live, host: str) -> None:
    """All loopback."""
    assert unchanged.get("/v1/groups", headers={"Host": host}).status_code == 200


def test_every_answer_carries_an_id_and_guards(unchanged: Live) -> None:
    """A request id is taken over if it can stand in a log."""
    answer = unchanged.get("/livez", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    made = unchanged.get("/livez", headers={"X-Request-ID": "x" * 200}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", made)
