"""A CIM model as a list of objects with statements, and its way to RDF/XML.

Knows nothing of networks: it keeps ids unique and references whole, and writes what it is given.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

from topogroup.testing.spelling import EUROPEAN, RDF, Spelling

Kind = Literal["text", "bool", "base_voltage", "rated_voltage", "reference", "enumeration"]


class Statement(NamedTuple):
    """One property of one object: name, value, and what the value is."""

    property: str
    value: str | bool | float
    kind: Kind


@dataclass(slots=True)
class CimObject:
    """An object of a CIM model: class, readable id, name, statements in the order of writing."""

    cls: str
    mrid: str
    name: str
    statements: list[Statement] = field(default_factory=list)

    def say(self, name: str, value: str | bool | float, kind: Kind = "text") -> None:
        """Add a statement.

        Args:
            name: property with its class, such as `Switch.open`.
            value: text, number, truth value, id of the object referred to, or enumeration literal.
            kind: what the value is.
        """
        self.statements.append(Statement(name, value, "bool" if isinstance(value, bool) else kind))


class Document:
    """The objects of one model, by id and in order."""

    def __init__(self) -> None:
        """Begin with no object."""
        self.objects: dict[str, CimObject] = {}

    def add(self, cls: str, mrid: str, name: str) -> CimObject:
        """Add an object.

        Args:
            cls: CIM class.
            mrid: readable id.
            name: IdentifiedObject.name.

        Returns:
            The new object, without statements.

        Raises:
            ValueError: the id is taken.
        """
        if mrid in self.objects:
            raise ValueError(f"{cls} {name!r}: the id {mrid!r} already belongs to a {self.objects[mrid].cls}")
        made = self.objects[mrid] = CimObject(cls, mrid, name)
        return made

    def to_xml(self, spelling: Spelling) -> str:
        """Write the model.

        Args:
            spelling: how to write it.

        Returns:
            RDF/XML text.

        Raises:
            ValueError: a statement refers to an object that is not there.
        """
        self._check_references()
        objects = list(self.objects.values())
        shuffle = None if spelling.seed is None else random.Random(spelling.seed)
        if shuffle is not None:
            shuffle.shuffle(objects)
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:eu="{EUROPEAN}"',
        ]
        lines += [f' xmlns:{prefix}="{escape(spelling.uri())}"' for prefix in spelling.prefixes]
        lines[-1] += ">"
        for number, one in enumerate(objects):
            prefix = spelling.prefixes[number % len(spelling.prefixes)]
            lines += _object_lines(one, spelling, prefix, shuffle)
        return "\n".join([*lines, "</rdf:RDF>", ""])

    def _check_references(self) -> None:
        """Raise where a reference has no target: a typing error in a test, never wanted."""
        for one in self.objects.values():
            for statement in one.statements:
                if statement.kind == "reference" and statement.value not in self.objects:
                    what = f"{statement.property} names no object: {statement.value!r}"
                    raise ValueError(f"{one.cls} {one.name!r}: {what}")


def _object_lines(one: CimObject, spelling: Spelling, prefix: str, shuffle: random.Random | None) -> list[str]:
    """Return the XML lines of one object."""
    cls = {"ConnectivityNode": spelling.nodes, "PhotovoltaicUnit": spelling.pv_class}.get(one.cls, one.cls)
    tag = "eu:" + cls if cls == "BoundaryPoint" else f"{prefix}:{cls}"
    statements = [Statement("IdentifiedObject.name", one.name, "text"), *one.statements]
    if spelling.mrids:
        underscore = "_" if spelling.ids == "rdf_id" else ""
        statements.insert(0, Statement("IdentifiedObject.mRID", underscore + spelling.mrid(one.mrid), "text"))
    if shuffle is not None:
        shuffle.shuffle(statements)
    lines = [f"  <{tag} {spelling.subject(one.mrid)}>"]
    lines += [_statement_line(statement, spelling, prefix) for statement in statements]
    return [*lines, f"  </{tag}>"]


def _statement_line(statement: Statement, spelling: Spelling, prefix: str) -> str:
    """Return the XML line of one statement."""
    name = statement.property
    if spelling.nodes == "TopologicalNode":
        name = name.replace("Terminal.ConnectivityNode", "Terminal.TopologicalNode").replace(
            "ConnectivityNode.ConnectivityNodeContainer", "TopologicalNode.ConnectivityNodeContainer"
        )
    tag = "eu:" + name if name.startswith("BoundaryPoint.") else f"{prefix}:{name}"
    value = statement.value
    if statement.kind == "reference":
        return f'    <{tag} rdf:resource="{escape(spelling.resource(str(value)))}"/>'
    if statement.kind == "enumeration":
        return f'    <{tag} rdf:resource="{escape(spelling.uri() + str(value))}"/>'
    return f"    <{tag}>{escape(_text(statement, spelling))}</{tag}>"


def _text(statement: Statement, spelling: Spelling) -> str:
    """Return the text of a literal."""
    value = statement.value
    if isinstance(value, bool):
        return spelling.boolean(value)
    if isinstance(value, str):
        return value
    kilo = (statement.kind == "base_voltage" and spelling.base_voltage_unit == "kV") or (
        statement.kind == "rated_voltage" and spelling.rated_unit == "kV"
    )
    return f"{value / 1000 if kilo else value:.10g}"
