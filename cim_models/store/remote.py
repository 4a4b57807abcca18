"""A remote RDF store: any endpoint of SPARQL 1.1 with Query, Update and Graph Store Protocol.

Each model is a named graph of it, filled piece by piece; what is filled whole is noted in a graph of its own by Update,
so that a restart finds it at once and a half-filled graph is filled anew. A server that lost a model gets it again.
Graphs of earlier models stay until whoever runs the server drops them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlencode

from cim_models import limits
from cim_models.errors import BusyError, OptionError, RefusedError, TopogroupError
from cim_models.store.answers import pieces
from cim_models.store.http import Server, check_url
from cim_models.store.port import Beside, QueryForm, Status, Table
from cim_models.store.queries import named, with_values
from cim_models.store.results import MEDIA_TYPES, table
from cim_models.store.screening import form_of_query
from cim_models.store.terms import object_iri

T = TypeVar("T")

FILLED: Final = "urn:topogroup:filled"
"""Graph that says which models are there whole: their graph, size of their file in bytes, number of quads."""

_SIZE: Final = "urn:topogroup:bytes"
_QUADS: Final = "urn:topogroup:quads"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a remote store is.

    Attributes:
        query: address of SPARQL Query.
        update: address of SPARQL Update.
        graphs: address of the Graph Store Protocol, which takes `?graph=`.
        token_file: file with its token, sent as `Authorization: Bearer`; as it is where it holds a blank (`Basic …`).
    """

    query: str
    update: str
    graphs: str
    token_file: Path | None = None


class RemoteStore:
    """A store on a server; implements `port.TripleStore`."""

    def __init__(self, endpoint: Endpoint, *, query_seconds: float = limits.STORE_QUERY_SECONDS_MAX) -> None:
        """Make a store that holds nothing yet.

        Args:
            endpoint: where it is.
            query_seconds: time for one query, at most `limits.STORE_QUERY_SECONDS_MAX`.

        Raises:
            OptionError: an address is none.
        """
        for url in (endpoint.query, endpoint.update, endpoint.graphs):
            check_url(url, secret=endpoint.token_file is not None)
        self._endpoint, self._server = endpoint, Server(endpoint.token_file)
        self._query_seconds = min(query_seconds, limits.STORE_QUERY_SECONDS_MAX)
        self._asking = threading.Lock()
        self._changed = threading.Condition(threading.RLock())
        self._status = Status("empty", None, 0, 0, "")
        self._model: tuple[str, Path] | None = None
        self._filling = 0
        """Number of the filling that counts; a thread with another one ends."""
        self._held: dict[str, str] = {}

    def start(self) -> None:
        """Make ready for `fill`.

        Raises:
            OptionError: the token cannot be read.
        """
        token = self._endpoint.token_file
        if token is not None and not token.is_file():
            raise OptionError("store_token", f"The token of the RDF store is not in {token}.", str(token))

    def fill(self, model: str, path: Path) -> None:
        """Hold the statements of a model from now on; returns at once, a thread fills.

        Args:
            model: id of the model, whose IRI is the graph of the quads.
            path: its N-Quads file, which must stay where it is.
        """
        with self._changed:
            if self._status.state == "closed":
                return
            self._model = (model, path)
            self._filling += 1
            self._status = Status("filling", model, 0, 0, "")
            self._changed.notify_all()
            work = threading.Thread(target=self._fill, args=[self._filling, model, path], name="rdf-fill", daemon=True)
        work.start()

    def status(self) -> Status:
        """Tell how far the store is; never waits."""
        with self._changed:
            return self._status

    def settled(self, seconds: float) -> Status:
        """Wait until the store is no longer filling, or some seconds have passed; return how far it is."""
        with self._changed:
            self._changed.wait_for(lambda: self._status.state != "filling", seconds)
            return self._status

    def query(self, name: str, parameters: Mapping[str, str] | None = None, beside: Beside | None = None) -> Table:
        """Answer a named query; as `RdfStore.query`.

        Raises:
            NotFoundError: there is no such query.
            RefusedError: a parameter is missing or unusable, or the query took too long (`store_timeout`).
            BusyError: the store is empty or being filled, cannot be reached, or is busy.
        """
        asked = named(name)
        return self._ask(with_values(asked.text, asked.bound(parameters or {})), "select", beside)

    def free(self, text: str, beside: Beside | None = None) -> Table:
        """Answer a query that a user wrote; as `query`. Its memory is the server's to bound."""
        return self._ask(text, form_of_query(text), beside)

    def close(self) -> None:
        """End the store; what is asked from now on is refused, and the server keeps what it has."""
        with self._changed:
            self._filling += 1
            self._status = Status("closed", self._status.model, 0, 0, "")
            self._changed.notify_all()

    def _ask(self, text: str, form: QueryForm, beside: Beside | None) -> Table:
        if not self._asking.acquire(timeout=self._query_seconds):
            raise BusyError("store_busy", "The RDF store is busy with other queries; ask again.")
        try:
            graph = object_iri(self._ready())
            if self._noted(graph) is None:
                self._refill()
                raise BusyError("store_not_ready", "The RDF store lost the model and is being filled again.")
            if beside is not None and self._held.get(beside.graph) != beside.version:
                self._held.pop(beside.graph, None)
                for _ in self._putting(beside.graph, beside.lines(), None):
                    pass
                self._held[beside.graph] = beside.version
            return self._asked(text, form, [graph], [beside.graph] if beside is not None else [])
        finally:
            self._asking.release()

    def _asked(self, text: str, form: QueryForm, default: list[str], named_graphs: list[str]) -> Table:
        graphs = [("default-graph-uri", one) for one in default] + [("named-graph-uri", one) for one in named_graphs]
        headers = {"Content-Type": "application/sparql-query", "Accept": MEDIA_TYPES[form]}
        url = _with(self._endpoint.query, graphs)
        try:
            with self._server.send("POST", url, headers, text.encode(), self._query_seconds) as answer:
                return table(form, answer.lines(limits.STORE_REMOTE_BODY_BYTES_MAX))
        except TimeoutError:
            message = f"The query took longer than {self._query_seconds:g} s and was left; narrow it."
            raise RefusedError("store_timeout", message) from None

    def _ready(self) -> str:
        """Return the model that can be asked; refuse where there is none."""
        status = self.status()
        if status.state == "ready" and status.model is not None:
            return status.model
        if status.state == "failed":
            raise RefusedError("store_failed", f"The RDF store cannot be used: {status.message}")
        why = {
            "empty": "holds no model yet; activate a model first",
            "closed": "is closed, because the service is ending",
        }.get(status.state, f"is being filled ({status.quads} of {status.quads_total} quads); ask again later")
        raise BusyError("store_not_ready", f"The RDF store {why}.")

    def _refill(self) -> None:
        self._held.clear()
        with self._changed:
            again = self._model
        if again is not None:
            self.fill(*again)

    def _fill(self, number: int, model: str, path: Path) -> None:
        """Be the thread that fills the graph of a model, until another one is to be filled."""
        graph = object_iri(model)
        try:
            size = path.stat().st_size
            noted = self._tried(number, partial(self._noted, graph))
            if noted is not None and noted[0] == size:
                self._say(number, Status("ready", model, noted[1], noted[1], ""))
                return
            total = sum(one.count(b"\n") for one in _read(path))
            self._say(number, Status("filling", model, 0, total, ""))
            self._tried(number, partial(self._update, f"DELETE WHERE {{ GRAPH <{FILLED}> {{ <{graph}> ?p ?o }} }}"))
            with closing(_triples(path, graph)) as lines:
                for done in self._putting(graph, lines, number):
                    self._say(number, Status("filling", model, done, total, ""))
            facts = f'<{graph}> <{_SIZE}> "{size}" ; <{_QUADS}> "{total}"'
            self._tried(number, partial(self._update, f"INSERT DATA {{ GRAPH <{FILLED}> {{ {facts} }} }}"))
            self._say(number, Status("ready", model, total, total, ""))
        except _SupersededError:
            return
        except TopogroupError as error:
            self._say(number, Status("failed", model, 0, 0, error.message))
        except OSError as error:
            self._say(number, Status("failed", model, 0, 0, f"{path} cannot be read: {error.strerror}."))

    def _putting(self, graph: str, lines: Iterable[str], number: int | None) -> Iterator[int]:
        """Put a graph in the place of what was there, piece by piece; yield how many lines are in."""
        done = 0
        for at, part in enumerate(pieces(lines)):
            self._tried(number, partial(self._send_piece, "POST" if at else "PUT", graph, part.encode()))
            done += part.count("\n")
            yield done

    def _send_piece(self, method: str, graph: str, body: bytes) -> None:
        url = _with(self._endpoint.graphs, [("graph", graph)])
        headers = {"Content-Type": "application/n-triples"}
        self._plainly(method, url, headers, body)

    def _update(self, text: str) -> None:
        self._plainly("POST", self._endpoint.update, {"Content-Type": "application/sparql-update"}, text.encode())

    def _plainly(self, method: str, url: str, headers: dict[str, str], body: bytes) -> None:
        try:
            with self._server.send(method, url, headers, body, limits.STORE_WAIT_SECONDS) as answer:
                for _ in answer.pieces(1 << 16):
                    pass
        except TimeoutError:
            message = f"The RDF store took longer than {limits.STORE_WAIT_SECONDS:g} s to take what it was sent."
            raise BusyError("store_unreachable", message) from None

    def _noted(self, graph: str) -> tuple[int, int] | None:
        """Return size and quads of a model that is there whole, None = it is not."""
        text = f"SELECT ?b ?q WHERE {{ <{graph}> <{_SIZE}> ?b ; <{_QUADS}> ?q }}"
        rows = self._asked(text, "select", [FILLED], []).rows
        if len(rows) != 1 or not all(cell is not None and cell.isdecimal() for cell in rows[0]):
            return None
        size, quads = rows[0]
        return int(size or 0), int(quads or 0)

    def _tried(self, number: int | None, work: Callable[[], T]) -> T:
        """Do something that may fail for a while."""
        for failures in range(1, limits.STORE_FAILURES_MAX + 1):
            if number is not None and number != self._filling:
                raise _SupersededError
            try:
                return work()
            except BusyError:
                if number is None or failures == limits.STORE_FAILURES_MAX:
                    raise
            time.sleep(limits.STORE_RETRY_SECONDS * failures)
        raise AssertionError

    def _say(self, number: int, status: Status) -> bool:
        """Tell how far a filling is; False = another one counts."""
        with self._changed:
            if number != self._filling:
                return False
            self._status = status
            self._changed.notify_all()
            return True


class _SupersededError(Exception):
    """Another model is to be filled, or the store is closed."""


def _with(url: str, more: list[tuple[str, str]]) -> str:
    if not more:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(more)}"


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(limits.STORE_PIECE_BYTES_MAX):
            yield piece


def _triples(path: Path, graph: str) -> Generator[str, None, None]:
    """Yield the lines of an N-Quads file of one graph as N-Triples.

    Raises:
        RefusedError: a line is of no or another graph.
    """
    tail = f" <{graph}> .\n"
    with path.open(encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            if not line.endswith(tail):
                message = f"{path} is damaged at line {number}; load the model again."
                raise RefusedError("store_file", message, str(path))
            yield f"{line[: -len(tail)]} .\n"
