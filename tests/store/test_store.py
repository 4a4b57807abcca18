"""The store process: bounded, alone, without a way out, and built again whenever it dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from cim_models import limits
from cim_models.errors import BusyError, RefusedError
from cim_models.store import worker
from cim_models.store.port import Status, TripleStore
from cim_models.store.store import RdfStore
from tests.store.conftest import MODEL, Written

EVERYTHING = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture
def store() -> Iterator[RdfStore]:
    made = RdfStore(query_seconds=1)
    made.start()
    yield made
    made.close()


def pid_of(store: RdfStore) -> int:
    assert store._worker is not None
    return store._worker.pid


def small(tmp_path: Path, lines: int = 3, graph: str = MODEL) -> Path:
    path = tmp_path / f"{graph}.nq"
    path.write_text("".join(f'<urn:topogroup:id:{n}> <urn:x:p> "{n}" <urn:uuid:{graph}> .\n' for n in range(lines)))
    return path


def refused(code: str, store: RdfStore) -> str:
    with pytest.raises((BusyError, RefusedError)) as caught:
        store.query("classes")
    assert caught.value.code == code
    return caught.value.message


def test_from_empty_to_closed(store: RdfStore, sample: Written) -> None:
    port: TripleStore = store
    assert port.status() == Status("empty", None, 0, 0, "")
    assert "activate a model first" in refused("store_not_ready", store)
    port.fill(MODEL, sample.path)
    assert port.status().model == MODEL
    assert store.settled(60) == Status("ready", MODEL, sample.quads, sample.quads, "")
    table = store.ask("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", {})
    assert table.columns == ("n",)
    port.close()
    assert port.status().state == "closed"
    assert "is closed" in refused("store_not_ready", store)
    port.close()
    port.fill(MODEL, sample.path)
    assert port.status().state == "closed"


def test_while_it_fills_queries_are_refused(store: RdfStore, tmp_path: Path) -> None:
    """A pipe that nobody writes to is a file that takes for ever."""
    os.mkfifo(tmp_path / "statements.nq")
    store.fill(MODEL, tmp_path / "statements.nq")
    assert store.status() == store.settled(0) == Status("filling", MODEL, 0, 0, "")
    assert "is being filled (0 of 0 quads)" in refused("store_not_ready", store)
    store.fill(MODEL, small(tmp_path))
    assert store.settled(60) == Status("ready", MODEL, 3, 3, "")


def test_another_model_takes_the_place(store: RdfStore, tmp_path: Path) -> None:
    other = "0f0e0d0c-0000-4000-8000-000000000002"
    store.fill(MODEL, small(tmp_path))
    store.fill(other, small(tmp_path, 2, other))
    assert store.settled(60) == Status("ready", other, 2, 2, "")
    first = pid_of(store)
    assert len(store.ask(EVERYTHING, {}).rows) == 2
    store.fill(MODEL, tmp_path / f"{MODEL}.nq")
    assert store.settled(60) == Status("ready", MODEL, 3, 3, "")
    assert pid_of(store) != first
    assert len(store.ask(EVERYTHING, {}).rows) == 3


def test_a_killed_process_is_built_again(store: RdfStore, sample: Written) -> None:
    store.fill(MODEL, sample.path)
    for _ in range(limits.STORE_RESTARTS_MAX + 2):  # each time it becomes ready, the count begins anew
        assert store.settled(60).state == "ready"
        expected = store.query("classes")
        os.kill(pid_of(store), signal.SIGKILL)
        _until(partial(_differs, store, pid_of(store)))
        assert store.settled(60) == Status("ready", MODEL, sample.quads, sample.quads, "")
        assert store.query("classes") == expected


def test_a_query_without_end_is_ended_and_the_store_stays(store: RdfStore, sample: Written) -> None:
    store.fill(MODEL, sample.path)
    store.settled(60)
    pid = pid_of(store)
    with pytest.raises(RefusedError) as caught:
        store.ask(ENDLESS, {})
    assert caught.value.code == "store_timeout"
    assert "longer than 1 s" in caught.value.message
    assert (store.status().state, pid_of(store)) == ("ready", pid)
    assert store.query("classes").rows


def test_a_process_that_always_dies_is_given_up(
    store: RdfStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_MODULE", "cim_models.store.nowhere")
    store.fill(MODEL, small(tmp_path))
    status = store.settled(60)
    assert (status.state, status.message) == ("failed", "Its process ends again and again (exit code 1).")
    assert "cannot be used" in refused("store_failed", store)
    monkeypatch.undo()
    store.fill(MODEL, small(tmp_path))
    assert store.settled(60).state == "ready"


@pytest.mark.parametrize("content", ["<urn:a> <urn:b> .\n", "no quads\n", '<urn:a> <urn:b> "c" .', "<a> <b> <c> .\n"])
def test_a_damaged_file(store: RdfStore, tmp_path: Path, content: str) -> None:
    path = tmp_path / "damaged.nq"
    path.write_text(content)
    store.fill(MODEL, path)
    status = store.settled(60)
    assert status.state == "failed"
    assert "is damaged" in status.message
    refused("store_failed", store)


def test_a_file_that_is_not_there(store: RdfStore, tmp_path: Path) -> None:
    store.fill(MODEL, tmp_path / "nowhere.nq")
    assert store.status().state == "failed"
    assert "cannot be read" in refused("store_failed", store)


def test_a_model_that_is_too_large_is_not_even_tried(tmp_path: Path) -> None:
    store = RdfStore(memory_bytes=512 * 1024**2)
    store.fill(MODEL, small(tmp_path))
    assert store.status().state == "failed"
    assert "GiB" in refused("store_failed", store)
    store.close()


def test_rows_and_bytes_are_bounded(filled: RdfStore, sample: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sample.quads > limits.STORE_ROWS_MAX
    table = filled.ask(EVERYTHING, {})
    assert (len(table.rows), table.cut) == (limits.STORE_ROWS_MAX, True)
    whole = filled.ask(EVERYTHING + " LIMIT 10000", {})
    assert (len(whole.rows), whole.cut) == (10_000, False)
    monkeypatch.setattr(limits, "STORE_ANSWER_BYTES_MAX", 1000)
    short = filled.ask(EVERYTHING, {})
    assert 0 < len(short.rows) < 20
    assert short.cut


def test_nothing_that_changes_is_answered(filled: RdfStore) -> None:
    """Not even past the screen: these go straight to the process."""
    before = filled.query("classes")
    for text in (
        "DROP ALL",
        "CLEAR DEFAULT",
        "LOAD <http://127.0.0.1:9/>",
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "no query",
        "",
    ):
        with pytest.raises(RefusedError) as caught:
            filled.ask(text, {})
        assert caught.value.code == "query_failed"
    assert filled.query("classes") == before


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0.3)
        yield made


def test_the_process_reaches_nobody(filled: RdfStore, listener: socket.socket) -> None:
    """SERVICE opens no connection, by address or name; the same query outside the process does open one."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    for text in (
        f"SELECT ?s WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        f"SELECT ?s WHERE {{ SERVICE <{url.replace('127.0.0.1', 'localhost')}> {{ ?s ?p ?o }} }}",
        f"SELECT ?s FROM <{url}> WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    ):
        with pytest.raises(RefusedError) as caught:
            filled.ask(text, {})
        assert caught.value.code == "query_failed"
        with pytest.raises(TimeoutError):
            listener.accept()
    assert filled.ask(f"SELECT ?s WHERE {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}", {}).rows == ((None,),)
    assert filled.ask(f"SELECT ?s ?p ?o FROM <{url}> WHERE {{ ?s ?p ?o }}", {}) == filled.ask(EVERYTHING, {})
    assert filled.ask(f"SELECT ?s WHERE {{ GRAPH <{url}> {{ ?s ?p ?o }} }}", {}).rows == ()
    with pytest.raises(TimeoutError):
        listener.accept()
    with subprocess.Popen([sys.executable, "-c", OUTSIDE, url], stderr=subprocess.DEVNULL) as outside:
        listener.settimeout(60)
        listener.accept()[0].close()
        outside.kill()


OUTSIDE = """
import sys, pyoxigraph
list(pyoxigraph.Store().query("SELECT ?s WHERE { SERVICE <%s> { ?s ?p ?o } }" % sys.argv[1]))
"""


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs /proc")
def test_the_process_can_open_nothing(filled: RdfStore) -> None:
    said = Path(f"/proc/{pid_of(filled)}/limits").read_text().splitlines()
    (files,) = [line.split()[3:5] for line in said if line.startswith("Max open files")]
    assert files == ["3", "3"]
    opened = sorted(int(one.name) for one in Path(f"/proc/{pid_of(filled)}/fd").iterdir())
    assert opened == [0, 1, 2, 3, 4]  # the file it is filled from, and its own size


def test_many_threads_ask_at_once(filled: RdfStore) -> None:
    expected = filled.query("ders_with_units"), filled.query("classes")
    found: list[object] = []

    def ask() -> None:
        for _ in range(5):
            found.append((filled.query("ders_with_units"), filled.query("classes")))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 40


def test_only_the_process_imports_pyoxigraph() -> None:
    code = "import sys, cim_models.store.store, cim_models.importing; sys.exit('pyoxigraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


PARENT = """
import sys, time
from pathlib import Path
from cim_models.store.store import RdfStore
store = RdfStore()
store.fill("m", Path(sys.argv[1]))
print(store._worker.pid, flush=True)
store.settled(60)
time.sleep(600)
"""


def test_the_process_ends_with_its_parent(sample: Written) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, sample.path], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    _until(lambda: not _lives(pid))


def _differs(store: RdfStore, pid: int) -> bool:
    return store._worker is not None and store._worker.pid != pid


def _lives(pid: int) -> bool:
    """Tell whether a process is there and no zombie that nobody fetches."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; a minute is for ever."""
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to hold")


def test_on_disk_a_restart_fills_nothing_again(tmp_path: Path) -> None:
    """What lies there whole is taken as it is, unread; a file of another size is filled."""
    path = small(tmp_path)
    for content, found in ((None, "0 1 2"), (b'<urn:topogroup:id:9> <urn:x:p> "9" <urn:uuid:%s> .\n', "9")):
        if content is not None:
            path.write_bytes(content % MODEL.encode())
        # the second time the same bytes say something else: who reads them shows it
        for again in (False, True):
            if again:
                path.write_bytes(path.read_bytes().replace(b'"', b"'"))
            store = RdfStore(disk=tmp_path / "disk")
            store.start()
            store.fill(MODEL, path)
            assert store.settled(60).state == "ready"
            rows = store.ask("SELECT ?o WHERE { ?s ?p ?o } ORDER BY ?o", {}).rows
            store.close()
            assert " ".join(str(o) for (o,) in rows) == found
