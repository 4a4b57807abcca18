"""No query reaches out: the screen refuses it, and behind the screen the process that answers has no network."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cim_models import child
from cim_models.errors import RefusedError
from cim_models.store.port import TripleStore
from cim_models.store.remote import RemoteStore
from cim_models.store.store import RdfStore
from tests.store.conftest import MODEL, Written
from tests.store.endpoint import endpoint, free_port, oxigraph

PREFIX = "PREFIX ex: <http://127.0.0.1:{port}/> "
SPELLINGS = {
    "silent": "SELECT * WHERE {{ SERVICESILENT<http://127.0.0.1:{port}/>{{?s ?p ?o}} }}",
    "prefixed": PREFIX + "SELECT * WHERE {{ SERVICEex:foo{{?s ?p ?o}} }}",
    "after a word": "SELECT * WHERE {{ ?a ?b trueSERVICE<http://127.0.0.1:{port}/>{{?s ?p ?o}} }}",
    "named": "SELECT *FROMNAMED<http://127.0.0.1:{port}/>WHERE{{?s ?p ?o}}",
    "from prefixed": PREFIX + "SELECT *FROMex:g WHERE{{?s ?p ?o}}",
    "after an empty name": PREFIX + "SELECT * WHERE {{ ?s ?p ex:.SERVICE<http://127.0.0.1:{port}/>{{?a ?b ?c}} }}",
    "behind less than": "ASK {{ FILTER(1<'>')SERVICE<http://127.0.0.1:{port}/>{{?s ?p ?o}}#'\n}}",
    "behind an escape": PREFIX + "ASK {{ ?s ?p ex:a\\' SERVICE<http://127.0.0.1:{port}/>{{?a ?b ?c}}#'\n}}",
    "escaped": "SELECT * WHERE {{ \\u0053ERVICE <http://127.0.0.1:{port}/> {{?s ?p ?o}} }}",
}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0)
        yield made


def is_silent(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return True
    return False


@pytest.fixture(scope="module", params=["memory", "disk", "remote"])
def filled_store(
    request: pytest.FixtureRequest, sample: Written, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TripleStore]:
    def ready(store: RdfStore | RemoteStore) -> Iterator[TripleStore]:
        store.start()
        store.fill(MODEL, sample.path)
        assert store.settled(60).state == "ready"
        yield store
        store.close()

    if request.param != "remote":
        disk = tmp_path_factory.mktemp("disk") if request.param == "disk" else None
        yield from ready(RdfStore(disk=disk))
        return
    port = free_port()
    with oxigraph(port):
        yield from ready(RemoteStore(endpoint(port)))


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_no_spelling_asks_another_server(filled_store: TripleStore, listener: socket.socket, text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        filled_store.free(text.format(port=listener.getsockname()[1]))
    assert caught.value.code in ("query_forbidden", "query_escape", "query_iri")
    assert is_silent(listener)


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_behind_the_screen_there_is_no_network(
    kind: str, sample: Written, tmp_path: Path, listener: socket.socket
) -> None:
    """What is not screened reaches the parser and nothing beyond it."""
    if kind == "disk" and not _can_be_cut_off():
        pytest.skip("This machine lets no process give up its network.")
    store = RdfStore(disk=tmp_path / "disk" if kind == "disk" else None)
    store.start()
    store.fill(MODEL, sample.path)
    assert store.settled(60).state == "ready"
    port = listener.getsockname()[1]
    silent = store.ask(f"SELECT * WHERE {{ SERVICE SILENT <http://127.0.0.1:{port}/> {{?s ?p ?o}} }}", {})
    assert silent.rows in ((), ((None, None, None),))
    with pytest.raises(RefusedError):
        store.ask(f"SELECT * WHERE {{ SERVICE <http://127.0.0.1:{port}/> {{?s ?p ?o}} }}", {})
    assert is_silent(listener)
    store.close()


def _can_be_cut_off() -> bool:
    code = f"import sys; from {child.__name__} import no_network; sys.exit(not no_network())"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
