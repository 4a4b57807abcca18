"""The store process: it alone imports pyoxigraph, and may be killed at any time.

It is told one N-Quads file, opens it, and can open nothing more from then on: no file and no socket, so that SERVICE
reaches nobody. A thread fills the store piece by piece while queries wait or are refused by the parent; another
listens, so that the process ends with its parent. A query that runs too long is ended by the kernel's alarm, with
the process, whatever the library does at that moment.
"""

from __future__ import annotations

import json
import math
import queue
import signal
import sys
import threading
from typing import IO, Any, Final

import pyoxigraph as ox

from cim_models import child, limits
from cim_models.store import frames
from cim_models.store.terms import id_of

_PIECE_BYTES: Final = 4 * 1024**2
_SAYING = threading.Lock()


def main() -> None:
    """Run as the child: the first frame names the file, every other one asks a question."""
    order = frames.read(sys.stdin.buffer, limits.STORE_QUESTION_BYTES_MAX)
    if order is None:
        return
    child.confine(order["memory_bytes"])
    try:
        # it lives as long as the process: a closed one would free its number for a socket
        stream = open(order["path"], "rb")  # noqa: SIM115, PTH123
    except OSError as error:
        _say(state="failed", message=f"{order['path']} cannot be read: {error.strerror}.")
        return
    child.no_more_files()
    store = ox.Store()
    threading.Thread(target=_fill, args=[store, stream, order["path"]], daemon=True).start()
    questions: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=[questions], daemon=True).start()
    graph = ox.NamedNode(order["graph"])
    while True:
        question = questions.get()
        signal.alarm(math.ceil(question["seconds"]) + 1)
        _write(_answer(store, graph, question))
        signal.alarm(0)


def _listen(questions: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Take questions off the pipe; end the process when the parent is gone, even in the middle of a query."""
    while (question := frames.read(sys.stdin.buffer, limits.STORE_QUESTION_BYTES_MAX)) is not None:
        questions.put(question)
    child.end()


def _fill(store: ox.Store, stream: IO[bytes], path: str) -> None:
    """Fill the store from the file and say after each piece how far it is."""
    total = sum(piece.count(b"\n") for piece in iter(lambda: stream.read(_PIECE_BYTES), b""))
    stream.seek(0)
    done, rest = 0, b""
    _say(state="filling", quads=0, quads_total=total)
    try:
        while piece := stream.read(_PIECE_BYTES):
            cut = piece.rfind(b"\n") + 1
            store.bulk_load(input=rest + piece[:cut], format=ox.RdfFormat.N_QUADS)
            rest = piece[cut:]
            done += piece.count(b"\n")
            _say(state="filling", quads=done, quads_total=total)
    except (SyntaxError, ValueError, OSError) as error:
        _say(state="failed", message=f"{path} is damaged near line {done + 1}: {error}; load the model again.")
        return
    if rest:
        _say(state="failed", message=f"{path} is damaged: it ends early; load the model again.")
        return
    _say(state="ready", quads=done, quads_total=total)


def _answer(store: ox.Store, graph: ox.NamedNode, question: dict[str, Any]) -> str:
    """Return the answer to one question as JSON text, within its bounds."""
    try:
        found = store.query(
            question["text"],
            default_graph=[graph],
            named_graphs=[],
            substitutions={ox.Variable(name): ox.NamedNode(iri) for name, iri in question["bound"].items()},
        )
        if not isinstance(found, ox.QuerySolutions):
            raise ValueError("only SELECT is answered")
        columns = [variable.value for variable in found.variables]
        rows: list[str] = []
        size, cut = 0, False
        for solution in found:
            row = json.dumps([_cell(solution[column]) for column in range(len(columns))])
            size += len(row) + 1
            cut = len(rows) >= question["rows_max"] or size > question["bytes_max"]
            if cut:
                break
            rows.append(row)
    except (SyntaxError, ValueError, RuntimeError, OSError) as error:
        return json.dumps({"error": str(error)})
    return f'{{"columns":{json.dumps(columns)},"cut":{json.dumps(cut)},"rows":[{",".join(rows)}]}}'


def _cell(term: Any) -> str | None:  # noqa: ANN401 - any term, or None
    if term is None:
        return None
    return id_of(term.value) if isinstance(term, ox.NamedNode) else str(getattr(term, "value", term))


def _say(**said: Any) -> None:  # noqa: ANN401 - any JSON values
    _write(json.dumps(said))


def _write(text: str) -> None:
    with _SAYING:
        sys.stdout.buffer.write(frames.framed(text))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
