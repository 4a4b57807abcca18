"""The named queries: what the store can be asked, read from `cim_models/queries/*.rq`.

    # query: equipment_of_container
    # what: One sentence.
    # parameter: container, an mRID        (any number of them: an mRID | a class)

A parameter is a variable of the SELECT that is bound to a term before the query runs; only as an IRI, in which all that
could leave it is encoded, does what a user gives reach a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from cim_models import limits
from cim_models.errors import NotFoundError, RefusedError
from cim_models.identifiers import canonical
from cim_models.store.terms import name_iri, object_iri

_IRI: Final = re.compile(r"""[^<>"{}|^`\\\x00-\x20]+""")
_HEADER: Final = re.compile(r"# (query|what|parameter): (.+)")
_KINDS: Final = {
    "an mRID": lambda text: object_iri(canonical(text)),
    "a class": lambda text: name_iri(text.strip()),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable that the asker gives; `kind` is `an mRID` or `a class`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A question with its SPARQL text; `what` says in one sentence what it answers."""

    name: str
    what: str
    parameters: tuple[Parameter, ...]
    text: str

    def bound(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the IRI of each variable that the asker gives.

        Args:
            given: texts by parameter; an mRID in any spelling, a class by its local name.

        Raises:
            RefusedError: a parameter is missing, unknown, too long or no text.
        """
        known = {one.name: one for one in self.parameters}
        for name in given:
            if name not in known:
                takes = ", ".join(known) or "none"
                raise RefusedError(
                    "parameter_unknown", f"Query {self.name} has no parameter {name[:40]!r}; it takes {takes}.", name
                )
        return {name: _term(self.name, one, given.get(name)) for name, one in known.items()}


def with_values(text: str, bound: Mapping[str, str]) -> str:
    """Return a query with its parameters in it, for stores that cannot be handed them apart.

    Args:
        text: a named query.
        bound: IRI by variable, as `NamedQuery.bound` gives them.

    Raises:
        ValueError: an IRI could leave its place; `bound` never gives one.
    """
    for iri in bound.values():
        if not _IRI.fullmatch(iri):
            raise ValueError(f"not an IRI: {iri!r}")
    values = " ".join(f"VALUES ?{name} {{ <{iri}> }}" for name, iri in bound.items())
    head, where, rest = text.partition("WHERE {")
    return f"{head}{where} {values}{rest}" if values else text


@cache
def catalogue() -> Mapping[str, NamedQuery]:
    """Return all named queries by name, in order of their names."""
    folder = files("cim_models") / "queries"
    found = [_parsed(one.read_text(encoding="utf-8")) for one in folder.iterdir() if one.name.endswith(".rq")]
    return {query.name: query for query in sorted(found, key=lambda query: query.name)}


def named(name: str) -> NamedQuery:
    """Return one named query.

    Raises:
        NotFoundError: there is none of that name.
    """
    query = catalogue().get(name)
    if query is None:
        known = ", ".join(catalogue())
        raise NotFoundError("query_unknown", f"There is no query {name[:40]!r}; there are {known}.", name[:40])
    return query


def _parsed(text: str) -> NamedQuery:
    said = [(found[1], found[2]) for line in text.splitlines() if (found := _HEADER.fullmatch(line))]
    parameters = []
    for word, value in said:
        if word == "parameter":
            name, _, kind = value.partition(", ")
            if kind not in _KINDS:
                raise ValueError(f"unknown kind of parameter: {value}")
            parameters.append(Parameter(name, kind))
    header = dict(said)
    return NamedQuery(header["query"], header["what"], tuple(parameters), text)


def _term(query: str, parameter: Parameter, text: str | None) -> str:
    """Return the IRI that a parameter stands for."""
    name = parameter.name
    if text is None:
        raise RefusedError("parameter_missing", f"Query {query} needs the parameter {name}, {parameter.kind}.", name)
    if len(text) > limits.ID_CHARACTERS_MAX:
        raise RefusedError(
            "parameter_too_long", f"Parameter {name} has more than {limits.ID_CHARACTERS_MAX} characters.", name
        )
    try:
        return _KINDS[parameter.kind](text)
    except UnicodeEncodeError as error:
        raise RefusedError("parameter_unreadable", f"Parameter {name} holds half a character.", name) from error
