"""A remote store: what servers may do to us, tokens, redirects, restarts; the contract itself is in test_contract."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cim_models import limits
from cim_models.errors import BusyError, OptionError, RefusedError
from cim_models.store.http import check_url
from cim_models.store.port import Status
from cim_models.store.queries import named, with_values
from cim_models.store.remote import Endpoint, RemoteStore
from tests.store.conftest import MODEL, Written
from tests.store.endpoint import endpoint, free_port, oxigraph

Said = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(answer: Said) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Run a server that answers every request in one way; yield its port and the headers that it saw."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_PUT = do_POST  # noqa: N815 - its name is given

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running.server_address[1], seen
        running.shutdown()
        thread.join()


def says(status: int, body: bytes = b"", **headers: str) -> Said:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def ready(port: int, token: Path | None = None, seconds: float = 1) -> RemoteStore:
    """Return a store that believes it is filled."""
    store = RemoteStore(endpoint(port, token), query_seconds=seconds)
    store._status = Status("ready", MODEL, 1, 1, "")
    return store


def refused(store: RemoteStore) -> tuple[str, str]:
    with pytest.raises((RefusedError, BusyError)) as caught:
        store.free("SELECT ?b ?q WHERE { ?b ?p ?q }")
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, "store_redirects"),
        (307, "store_redirects"),
        (401, "store_refuses"),
        (404, "store_refuses"),
        (400, "query_failed"),
        (429, "store_unreachable"),
        (500, "store_unreachable"),
        (503, "store_unreachable"),
    ],
)
def test_what_is_no_success(status: int, code: str) -> None:
    with server(says(200, b"never")) as (elsewhere, reached):
        away = f"http://127.0.0.1:{elsewhere}/query"
        with server(says(status, b"why \x1b[31m not\n", Location=away)) as (port, _):
            said = refused(ready(port))
    assert said[0] == code
    assert "\x1b" not in said[1] and "\n" not in said[1]
    assert reached == []


def test_nobody_answers() -> None:
    assert refused(ready(free_port()))[0] == "store_unreachable"


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def lines_without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"?b\t?q\n")
    while True:
        handler.wfile.write(b"1\t2\n" * 10_000)


def drops(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        if STOP.wait(0.2):
            return


STOP = threading.Event()


@pytest.mark.thorough
def test_answers_without_end_are_left() -> None:
    """Slow ones after the time of a query, long ones after so many bytes or rows."""
    with server(drops) as (port, _):
        assert refused(ready(port))[0] == "store_timeout"
        STOP.set()
    with server(endless) as (port, _), pytest.raises((RefusedError, BusyError)):
        ready(port, seconds=10).free("ASK {}")
    with server(lines_without_end) as (port, _):
        store = ready(port, seconds=10)
        table = store._asked("SELECT", "select", [], [])
        assert (len(table.rows), table.cut) == (limits.STORE_ROWS_MAX, True)


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"?b\t?q\n1\n", b"\xff\xfe\x00"])
def test_answers_of_another_form(body: bytes) -> None:
    with server(says(200, body)) as (port, _):
        store = ready(port)
        with pytest.raises(RefusedError, match="not asked for"):
            store._asked("ASK {}", "ask", [], [])


def test_the_token_is_read_each_time_and_sent(tmp_path: Path) -> None:
    token = tmp_path / "token"
    with server(says(500)) as (port, seen):
        store = ready(port, token)
        with pytest.raises(OptionError):
            store.start()
        assert refused(store)[0] == "store_token"
        for text, sent in (("secret\n", "Bearer secret"), ("Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXNz")):
            token.write_text(text)
            store.start()
            refused(store)
            assert seen[-1]["authorization"] == sent
        count = len(seen)
        for bad in ("", "a\nX-Evil: b", "\x00"):
            token.write_text(bad)
            assert refused(store)[0] == "store_token"
        assert len(seen) == count


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://h/", "http:///x", "http://u:p@h/", "http://h/#f", "http://h:99999/", "http://h/\n", "file:///x"],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(OptionError):
        check_url(url, secret=False)


def test_tokens_go_nowhere_in_the_clear(tmp_path: Path) -> None:
    for url in ("http://localhost:1/q", "http://127.0.0.1/q", "https://h/q?x=1"):
        check_url(url, secret=True)
    check_url("http://h/q", secret=False)
    with pytest.raises(OptionError, match="in the clear"):
        RemoteStore(Endpoint("https://h/q", "http://h/u", "https://h/g", tmp_path))


def test_a_restart_finds_the_model_and_a_loss_is_mended(sample: Written, tmp_path: Path) -> None:
    port = free_port()
    filled = Status("ready", MODEL, sample.quads, sample.quads, "")
    with oxigraph(port, tmp_path / "kept"):
        first = RemoteStore(endpoint(port))
        first.fill(MODEL, sample.path)
        assert first.settled(120) == filled
        classes = first.query("classes")
        first.close()
        second = RemoteStore(endpoint(port))
        second.fill(MODEL, tmp_path / "nowhere")
        assert second.settled(120).state == "failed"
        sent: list[str] = []
        second._send_piece = lambda method, graph, body: sent.append(graph)  # type: ignore[method-assign]
        second.fill(MODEL, sample.path)
        assert second.settled(120) == filled
        assert (sent, second.query("classes")) == ([], classes)
    with oxigraph(port):  # another one, empty
        third = ready(port, seconds=10)
        third._model = (MODEL, sample.path)
        assert refused(third)[0] == "store_not_ready"
        assert third.settled(120) == filled
        assert third.query("classes") == classes


def test_values_stay_in_their_place() -> None:
    query = named("object")
    text = with_values(query.text, query.bound({"object": "x> } DROP ALL #"}))
    assert text.count("VALUES ?object { <urn:topogroup:id:") == 1 and "> }" in text and "DROP ALL" not in text
    with pytest.raises(ValueError, match="not an IRI"):
        with_values(query.text, {"object": "a> } #"})
    for one in ("classes", "ders_with_units"):
        assert with_values(named(one).text, {}) == named(one).text
