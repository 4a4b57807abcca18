"""Reading CIM RDF/XML with rdflib into plain records, one per canonical id."""

from __future__ import annotations

import gzip
import io
import logging
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rdflib import Graph
from rdflib.namespace import RDF

from .ids import BASE, canonical

# Identifiers that are no legal IRIs are ordinary in CIM files; rdflib only warns about them.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


@dataclass
class Record:
    """All statements about one object, from all files of the set."""

    types: set[str] = field(default_factory=set)
    props: dict[str, list[str]] = field(default_factory=dict)


def local_name(iri: str) -> str:
    """The part after the namespace: CIM properties are matched by it alone."""
    return iri.rsplit("#", 1)[1] if "#" in iri else iri.rsplit("/", 1)[-1]


class Store:
    """Records by canonical id, with typed access to their properties."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self._by_type: dict[str, list[str]] | None = None

    def add(self, graph: Graph) -> None:
        """Normalise ids before joining, so that all files of a set join."""
        self._by_type = None
        for subject, predicate, value in graph:
            record = self.records.setdefault(canonical(str(subject)), Record())
            if predicate == RDF.type:
                record.types.add(local_name(str(value)))
            else:
                values = record.props.setdefault(local_name(str(predicate)), [])
                if str(value) not in values:
                    values.append(str(value))
                    values.sort()

    def of_type(self, *names: str) -> list[str]:
        """Sorted ids of all objects that have one of these types."""
        if self._by_type is None:
            self._by_type = {}
            for key, record in self.records.items():
                for name in record.types:
                    self._by_type.setdefault(name, []).append(key)
        found: set[str] = set()
        for name in names:
            found.update(self._by_type.get(name, ()))
        return sorted(found)

    def types(self, key: str) -> set[str]:
        """Every type an object was given (SSH files re-type objects, so it may be several)."""
        record = self.records.get(key)
        return record.types if record else set()

    def is_a(self, key: str, names: Iterable[str]) -> bool:
        """Whether the object has one of these types."""
        return not self.types(key).isdisjoint(names)

    def values(self, key: str, *props: str) -> list[str]:
        """All non-empty values of the first of these properties that has one."""
        record = self.records.get(key)
        if record is not None:
            for prop in props:
                found = [value for value in record.props.get(prop, ()) if value.strip()]
                if found:
                    return found
        return []

    def text(self, key: str, *props: str) -> str | None:
        """One value as text; an empty element counts as absent."""
        found = self.values(key, *props)
        return found[0].strip() if found else None

    def refs(self, key: str, *props: str) -> list[str]:
        """Canonical ids that the object refers to."""
        return [canonical(value) for value in self.values(key, *props)]

    def ref(self, key: str, *props: str) -> str | None:
        """One canonical id that the object refers to."""
        found = self.refs(key, *props)
        return found[0] if found else None

    def enum(self, key: str, *props: str) -> str | None:
        """The last word of an enumeration value such as PhaseCode.ABC."""
        value = self.text(key, *props)
        return None if value is None else value.rsplit(".", 1)[-1].rsplit("#", 1)[-1]

    def flag(self, key: str, *props: str) -> bool | None:
        """true/false in any spelling, None where it is not said."""
        value = self.text(key, *props)
        if value is None or value.lower() not in ("true", "false", "1", "0"):
            return None
        return value.lower() in ("true", "1")

    def number(self, key: str, *props: str) -> float | None:
        """A number, None where it is not said."""
        value = self.text(key, *props)
        try:
            return None if value is None else float(value)
        except ValueError:
            return None

    def name(self, key: str) -> str:
        """IdentifiedObject.name, else the id itself."""
        return self.text(key, "IdentifiedObject.name") or key


def parse(data: bytes) -> Graph | None:
    """One RDF/XML document as a graph; None for a difference model, which is not a model."""
    graph = Graph()
    graph.parse(data=data, format="xml", publicID=BASE)
    for value in graph.objects(None, RDF.type):
        if local_name(str(value)) == "DifferenceModel":
            return None
    return graph


def _looks_like_cim(data: bytes) -> bool:
    """CIM RDF/XML says rdf:RDF near its start and has a CIM namespace there."""
    head = data[:20_000]
    return b"RDF" in head and (b"CIM" in head or b"cim" in head)


def _zip_members(data: bytes) -> Iterator[bytes]:
    """The documents of a zip, of zips inside it too."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in sorted(archive.namelist()):
            if name.lower().endswith(".zip"):
                yield from _zip_members(archive.read(name))
            elif name.lower().endswith((".xml", ".rdf")):
                yield archive.read(name)


def documents(paths: Sequence[Path]) -> Iterator[bytes]:
    """Every CIM document in these files, zips and folders."""
    for path in paths:
        if path.is_dir():
            inside = [
                p for p in sorted(path.rglob("*")) if p.suffix.lower() in (".xml", ".rdf", ".gz", ".zip")
            ]
            for data in documents(inside):
                if _looks_like_cim(data):
                    yield data
            continue
        data = path.read_bytes()
        if path.suffix.lower() == ".gz":
            yield gzip.decompress(data)
        elif path.suffix.lower() == ".zip":
            yield from (member for member in _zip_members(data) if _looks_like_cim(member))
        else:
            yield data


def read(paths: Sequence[Path]) -> Store:
    """One network out of all these paths."""
    store = Store()
    for data in documents(paths):
        graph = parse(data)
        if graph is not None:
            store.add(graph)
    return store


def read_text(text: str) -> Store:
    """One network out of one RDF/XML text."""
    store = Store()
    graph = parse(text.encode())
    if graph is not None:
        store.add(graph)
    return store
