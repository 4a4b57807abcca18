"""Files to read: copies of a real model with other ids, a real model, and generated networks."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from pathlib import Path
from typing import Final

from benchmarks.measuring import ROOT
from cim_models.generate import NetworkSpec, generate

MODELS: Final = ("03 x10", "03 x100", "04", "generated, 1 million triples", "generated, 10 million triples")
QUICK: Final = ("03 x10", "04")

_COPIED: Final = "03-ieee123pv-medium/IEEE123_PV_areas.xml"
_REAL: Final = "04-ieee9500bal-large/ieee9500bal.xml.gz"
_SUBSTATIONS: Final = {MODELS[3]: 20, MODELS[4]: 200}
_UUID: Final = re.compile(rb"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def make(name: str, folder: Path) -> Path | None:
    """Write a model into a folder, uncompressed.

    Args:
        name: one of `MODELS`.
        folder: where to.

    Returns:
        The file, None = what it is made of is not there (TOPOGROUP_MODELS names the folder of real models).
    """
    real = Path(os.environ.get("TOPOGROUP_MODELS") or ROOT.parent / "shared" / "models")
    out = folder / "model.xml"
    if name in _SUBSTATIONS:
        count = _SUBSTATIONS[name]
        generate(out, NetworkSpec(substations=count, feeders_per_substation=10, ders=1_000 * count, seed=1))
        return out
    source = real / (_REAL if name == "04" else _COPIED)
    if not source.exists():
        return None
    if name == "04":
        with gzip.open(source) as packed, out.open("wb") as stream:
            shutil.copyfileobj(packed, stream)
    else:
        _copies(source.read_bytes(), int(name.rpartition("x")[2]), out)
    return out


def unpacked_bytes(file: Path) -> int:
    """Return the size of a file."""
    return file.stat().st_size


def _copies(model: bytes, count: int, out: Path) -> None:
    """Write a model several times into one file, each time with ids of its own."""
    begin, end = model.index(b"<cim:"), model.rindex(b"</rdf:RDF")
    with out.open("wb") as stream:
        stream.write(model[:begin])
        for number in range(count):
            own = b"%04X" % number
            stream.write(_UUID.sub(lambda found, own=own: own + found.group()[4:], model[begin:end]))  # type: ignore[misc]
        stream.write(model[end:])
