"""CIM text written by hand for tests: a few objects, spelled exactly as the test wants them.

    G ── n1 ──[CB]── n2 ── L ── n3 ── PV

`SMALL` is that network: an ExternalNetworkInjection, a breaker, a line and a PowerElectronicsConnection with its unit.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from cim_models import Network, load_text
from cim_models.errors import TopogroupError
from cim_models.findings import Finding
from cim_models.network import Network as Arrays

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
CIM100 = "http://iec.ch/TC57/CIM100#"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def rdf(body: str, *, cim: str = CIM100, declaration: str = DECLARATION, more: str = "") -> str:
    """Put statements into an rdf:RDF element; `more` is written into its start tag."""
    return f'{declaration}<rdf:RDF xmlns:rdf="{RDF}" xmlns:cim="{cim}"{more}>\n{body}\n</rdf:RDF>\n'


def node(mrid: str, more: str = "") -> str:
    return f'<cim:ConnectivityNode rdf:ID="_{mrid}">{more}</cim:ConnectivityNode>\n'


def equipment(cls: str, mrid: str, nodes: str, more: str = "") -> str:
    """Write equipment named like its mRID, with a terminal per node (`-` is a terminal without one)."""
    name = f"<cim:IdentifiedObject.name>{mrid}</cim:IdentifiedObject.name>"
    lines = [f'<cim:{cls} rdf:ID="_{mrid}">{name}{more}</cim:{cls}>']
    for number, at in enumerate(nodes.split(), 1):
        where = "" if at == "-" else f'<cim:Terminal.ConnectivityNode rdf:resource="#_{at}"/>'
        lines.append(
            f'<cim:Terminal rdf:ID="_{mrid}.T{number}"><cim:Terminal.ConductingEquipment rdf:resource="#_{mrid}"/>'
            f"<cim:ACDCTerminal.sequenceNumber>{number}</cim:ACDCTerminal.sequenceNumber>{where}</cim:Terminal>"
        )
    return "\n".join(lines) + "\n"


def value(name: str, text: str) -> str:
    return f"<cim:{name}>{text}</cim:{name}>"


def to(name: str, mrid: str) -> str:
    return f'<cim:{name} rdf:resource="#_{mrid}"/>'


NODES = node("n1") + node("n2") + node("n3")
SOURCE = equipment("ExternalNetworkInjection", "G", "n1")
BREAKER = equipment("Breaker", "CB", "n1 n2", value("Switch.normalOpen", "false"))
LINE = equipment("ACLineSegment", "L", "n2 n3")
UNIT = (
    f'<cim:PhotovoltaicUnit rdf:ID="_U">{to("PowerElectronicsUnit.PowerElectronicsConnection", "PV")}'
    "</cim:PhotovoltaicUnit>\n"
)
DER = equipment("PowerElectronicsConnection", "PV", "n3") + UNIT
BODY = NODES + SOURCE + BREAKER + LINE + DER
SMALL = rdf(BODY)


def found(network: Arrays, *codes: str) -> list[Finding]:
    """Return the findings of some codes."""
    return [one for one in network.findings if one.code in codes]


def codes(body: str) -> set[str]:
    """Return the codes of all findings on a model."""
    return {one.code for one in load_text(rdf(body)).findings}


def refused(code: str, *paths: Path | str) -> TopogroupError:
    """Require that loading is refused with a code, in one line that names the object."""
    with pytest.raises(TopogroupError) as caught:
        Network.load(*paths)
    error = caught.value
    assert error.code == code, (error.code, error.message)
    assert "\n" not in error.message
    return error


def zipped(path: Path, members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip."""
    path.write_bytes(zip_bytes(members, method))
    return path


def zip_bytes(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return memory.getvalue()


def gzipped(path: Path, text: str | bytes) -> Path:
    """Write a gzip file."""
    path.write_bytes(gzip.compress(text.encode() if isinstance(text, str) else text))
    return path


def equal(one: Arrays, other: Arrays, *, but: tuple[str, ...] = ()) -> None:
    """Require that two networks say the same: every array bit by bit, texts, counts, findings but for their places."""
    from dataclasses import fields

    import numpy as np

    from cim_models.strings import Strings

    assert one.counts == other.counts
    assert [(f.code, f.objects, f.message) for f in one.findings] == [
        (f.code, f.objects, f.message) for f in other.findings
    ]
    for table in fields(one)[3:]:
        for column in fields(getattr(one, table.name)):
            if f"{table.name}.{column.name}" in but:
                continue
            a, b = (getattr(getattr(n, table.name), column.name) for n in (one, other))
            if isinstance(a, Strings):
                assert list(a) == list(b), f"{table.name}.{column.name}"
            else:
                assert a.dtype == b.dtype
                np.testing.assert_array_equal(a, b, err_msg=f"{table.name}.{column.name}")
