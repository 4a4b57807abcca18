"""Compiling the kernels of the scanner into the user's cache; `python -m topogroup.cli.compiling` calls it."""

from __future__ import annotations

import io
from typing import Final

from cim_models.machine_code import is_possible
from cim_models.namespaces import RDF
from cim_models.scan import choosing
from cim_models.statements import Header, StatementBuilder

_SMALL: Final = (
    f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:cim="http://iec.ch/TC57/CIM100#">\n<!-- made to compile -->\n'
    '<cim:Breaker rdf:ID="_a">\n<cim:Switch.open>false &amp; &#228;</cim:Switch.open>\n'
    '<cim:Equipment.EquipmentContainer rdf:resource="#_b"/>\n</cim:Breaker>\n</rdf:RDF>\n'
)


def compile_all() -> None:
    """Compile all kernels into the cache, unless they are there or numba is not installed."""
    if not is_possible() or choosing.CODE.is_complete():
        return
    warm()
    choosing.CODE.note_complete()


def warm() -> None:
    """Call every kernel once, so that its machine code is made, or read from the cache."""
    from cim_models.scan.linked import Linked
    from cim_models.scan.reading import scan

    scan(io.BytesIO(_SMALL.encode()), Header("small"), StatementBuilder())
    Linked().rehash()
