"""The small model in every form of RDF, written by another library than the one that reads it."""

from __future__ import annotations

import warnings
from functools import cache

from rdflib import Dataset, Graph

from tests.cim_models.small import SMALL

WRITERS = {"turtle": ".ttl", "nt": ".nt", "json-ld": ".jsonld", "trig": ".trig", "nquads": ".nq"}
"""rdflib's name of a form → the suffix of its files."""

SAME_BUT = ("equipment.source_id",)
"""rdflib writes ids as whole addresses."""


@cache
def written(form: str, xml: str = SMALL) -> str:
    """Return a model in RDF/XML in another form."""
    graph = Graph().parse(data=xml, format="xml", publicID="http://example.org/eq")
    if form in ("trig", "nquads"):
        dataset = Dataset()
        named = dataset.graph("urn:uuid:eq")
        for statement in graph:
            named.add(statement)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib about itself
            return str(dataset.serialize(format=form))
    return str(graph.serialize(format=form))


PREFIXES = "@prefix cim: <http://iec.ch/TC57/CIM100#> .\n"

TURTLE = (
    PREFIXES
    + """
<#_n1> a cim:ConnectivityNode . <#_n2> a cim:ConnectivityNode . <#_n3> a cim:ConnectivityNode .
<#_G> a cim:ExternalNetworkInjection ; cim:IdentifiedObject.name "G" .
<#_CB> a cim:Breaker ; cim:IdentifiedObject.name "CB" ; cim:Switch.normalOpen "false" .
<#_L> a cim:ACLineSegment ; cim:IdentifiedObject.name "L" .
<#_PV> a cim:PowerElectronicsConnection ; cim:IdentifiedObject.name "PV" .
<#_U> a cim:PhotovoltaicUnit ; cim:PowerElectronicsUnit.PowerElectronicsConnection <#_PV> .
"""
    + "".join(
        f"<#_{of}.T{number}> a cim:Terminal ; cim:Terminal.ConductingEquipment <#_{of}> ;\n"
        f"  cim:ACDCTerminal.sequenceNumber {number} ; cim:Terminal.ConnectivityNode <#_{at}> .\n"
        for of, number, at in (
            ("G", 1, "n1"),
            ("CB", 1, "n1"),
            ("CB", 2, "n2"),
            ("L", 1, "n2"),
            ("L", 2, "n3"),
            ("PV", 1, "n3"),
        )
    )
)
"""The small model in Turtle as people write it, with relative ids; a line a statement or less."""
