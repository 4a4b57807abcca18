"""The statements of a model as a graph of rdflib, and a graph of rdflib as statements.

Terms are those of the RDF store (`store.terms`): classes and properties in the namespace of CIM100 whatever version the
files use, objects as `urn:uuid:` or `urn:topogroup:id:`, values as plain texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from cim_models.errors import FileError
from cim_models.interop.facts import Fact, classes, facts, profiles, statements_of
from cim_models.namespaces import MODEL_DESCRIPTION, local_name
from cim_models.statements import Statements
from cim_models.store.terms import CIM100, ID_BASE, RDF_TYPE, UUID_BASE, enumeration_value, id_of, name_iri, object_iri

if TYPE_CHECKING:
    import rdflib

FILES: Final = "urn:topogroup:files"
"""Subject of the profiles of the files."""

_PROFILE: Final = f"{sorted(MODEL_DESCRIPTION)[-1]}Model.profile"


def to_rdflib(statements: Statements) -> rdflib.Graph:
    """Return the statements of a model as a graph.

    Args:
        statements: what the files of a model say.
    """
    import rdflib

    graph = rdflib.Graph()
    graph.bind("cim", CIM100)
    for identity, name in classes(statements):
        graph.add((rdflib.URIRef(object_iri(identity)), rdflib.URIRef(RDF_TYPE), rdflib.URIRef(name_iri(name))))
    for fact in facts(statements):
        value = rdflib.URIRef(_iri(fact.value)) if fact.refers else rdflib.Literal(fact.value)
        graph.add((rdflib.URIRef(_iri(fact.subject)), rdflib.URIRef(name_iri(fact.property)), value))
    for profile in profiles(statements):
        graph.add((rdflib.URIRef(FILES), rdflib.URIRef(_PROFILE), rdflib.Literal(profile)))
    return graph


def from_rdflib(graph: rdflib.Graph, source: str = "rdflib") -> Statements:
    """Return the statements of a graph, of `to_rdflib` or of CIM in any of its namespaces.

    Args:
        graph: the graph.
        source: how findings name it.

    Raises:
        FileError: it holds no class of CIM.
        LimitError: it holds too much.
    """
    import rdflib

    declared = sorted({(_id(str(s)), _name(str(o))) for s, o in graph.subject_objects(rdflib.RDF.type)})
    if not any(":" not in name and "}" not in name for _, name in declared):
        raise FileError("not_cim", f"{source} holds no object of a class of CIM.", source)

    def said() -> Iterator[Fact]:
        for subject, predicate, value in sorted(graph, key=lambda one: (str(one[1]), str(one[0]), str(one[2]))):
            if str(predicate) not in (RDF_TYPE, _PROFILE):
                refers = not isinstance(value, rdflib.Literal)
                yield Fact(_id(str(subject)), _name(str(predicate)), _id(str(value)) if refers else str(value), refers)

    of_files = sorted(str(one) for one in graph.objects(None, rdflib.URIRef(_PROFILE)))
    return statements_of(declared, said(), of_files, source)


def _iri(name: str) -> str:
    """Return the IRI of an object as `facts` names it."""
    if "#" in name:
        value = enumeration_value(name, name.rpartition("#")[2])
        if value is not None:
            return value
    return object_iri(name)


def _id(iri: str) -> str:
    """Return an object as `facts` names it."""
    return id_of(iri) if iri.startswith((UUID_BASE, ID_BASE)) else iri


def _name(iri: str) -> str:
    """Return the name of a class or property by its IRI."""
    if iri.startswith(ID_BASE):
        return id_of(iri)
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    return local_name(f"{{{iri[:cut]}}}{iri[cut:]}") if cut else iri
