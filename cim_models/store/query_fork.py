"""Forks of the store process that answer one query each: whatever a query does to them, the store stays filled."""

from __future__ import annotations

import json
import mmap
import os
import signal
import warnings
from typing import Any, Final

import pyoxigraph as ox

from cim_models import child, limits
from cim_models.store.terms import id_of

_ROOM_BYTES: Final = limits.STORE_ANSWER_BYTES_MAX + 4 * limits.STORE_QUESTION_BYTES_MAX
_LENGTH_BYTES: Final = 8
_STATM: Final = "/proc/self/statm"


class Forks:
    """Answers queries, each in a fork; what it answers passes through memory that both share."""

    def __init__(self) -> None:
        """Open what can no longer be opened later; call it before the process is shut in."""
        try:
            self._size = os.open(_STATM, os.O_RDONLY)
        except OSError:  # not Linux: queries are bounded in time alone
            self._size = -1
        self._room = mmap.mmap(-1, _LENGTH_BYTES + _ROOM_BYTES)
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on forks of processes with threads

    def answer(self, store: ox.Store, graph: ox.NamedNode, question: dict[str, Any]) -> str:
        """Return the answer to one question as JSON text; `ended` tells the signal that ended its fork.

        Args:
            store: the filled store.
            graph: the graph of the model, which is the default graph of the query.
            question: text, bound, beside_graph, seconds, memory_bytes, rows_max, bytes_max.
        """
        self._room[:_LENGTH_BYTES] = bytes(_LENGTH_BYTES)
        memory_bytes = self._bytes() + question["memory_bytes"]
        pid = os.fork()
        if pid == 0:
            self._run(store, graph, question, memory_bytes)
        _, status = os.waitpid(pid, 0)
        length = int.from_bytes(self._room[:_LENGTH_BYTES], "big")
        if status or not 0 < length <= _ROOM_BYTES:
            return json.dumps({"ended": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0})
        return self._room[_LENGTH_BYTES : _LENGTH_BYTES + length].decode()

    def answer_here(self, store: ox.Store, graph: ox.NamedNode, question: dict[str, Any]) -> str:
        """Return the answer as `answer` does, without a fork: what takes too much ends this process."""
        signal.setitimer(signal.ITIMER_REAL, question["seconds"])
        said = _answer(store, graph, question)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return said

    def _run(self, store: ox.Store, graph: ox.NamedNode, question: dict[str, Any], memory_bytes: int) -> None:
        """Be the fork; never returns."""
        code = 1
        try:
            signal.setitimer(signal.ITIMER_REAL, question["seconds"])
            child.no_more_files()
            if self._size >= 0:
                child.bound_memory(memory_bytes)
            said = _answer(store, graph, question).encode()
            if len(said) <= _ROOM_BYTES:
                self._room[_LENGTH_BYTES : _LENGTH_BYTES + len(said)] = said
                self._room[:_LENGTH_BYTES] = len(said).to_bytes(_LENGTH_BYTES, "big")
                code = 0
        finally:
            os._exit(code)

    def _bytes(self) -> int:
        """Return the address space of this process."""
        if self._size < 0:
            return 0
        return int(os.pread(self._size, 100, 0).split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _answer(store: ox.Store, graph: ox.NamedNode, question: dict[str, Any]) -> str:
    """Return the answer to one question as JSON text, within its bounds."""
    try:
        found = store.query(
            question["text"],
            default_graph=[graph],
            named_graphs=[ox.NamedNode(iri) for iri in question["named_graphs"]],
            substitutions={ox.Variable(name): ox.NamedNode(iri) for name, iri in question["bound"].items()},
        )
        if isinstance(found, ox.QueryBoolean):
            said = "true" if found else "false"
            return json.dumps({"form": "ask", "columns": ["answer"], "cut": False, "rows": [[said]]})
        if isinstance(found, ox.QuerySolutions):
            columns = [variable.value for variable in found.variables]
            cells = ([_cell(solution[at]) for at in range(len(columns))] for solution in found)
            return _rows("select", columns, cells, question)
        triples = ([str(one.subject), str(one.predicate), str(one.object)] for one in found)
        return _rows("graph", ["subject", "predicate", "object"], triples, question)
    except (SyntaxError, ValueError, RuntimeError, OSError) as error:
        return json.dumps({"error": str(error)[: limits.STORE_QUESTION_BYTES_MAX // 8]})


def _rows(form: str, columns: list[str], cells: Any, question: dict[str, Any]) -> str:  # noqa: ANN401 - lists of texts
    rows: list[str] = []
    size, cut = 0, False
    for cell in cells:
        row = json.dumps(cell)
        size += len(row) + 1
        cut = len(rows) >= question["rows_max"] or size > question["bytes_max"]
        if cut:
            break
        rows.append(row)
    head = f'{{"form":"{form}","columns":{json.dumps(columns)},"cut":{json.dumps(cut)}'
    return f'{head},"rows":[{",".join(rows)}]}}'


def _cell(term: Any) -> str | None:  # noqa: ANN401 - any term, or None
    if term is None:
        return None
    return id_of(term.value) if isinstance(term, ox.NamedNode) else str(getattr(term, "value", term))
