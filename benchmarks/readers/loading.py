"""Loading one file once, by whoever is named: time, processor time and memory on top of what imports take."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring import ROOT

SLOW: Final = frozenset({"rdflib", "cimpy"})
"""They read each file once, and none of more than `SLOW_BYTES_MAX`."""

SLOW_BYTES_MAX: Final = 50_000_000

Load = Callable[[Path], str]
"""Reads a file; tells what it found."""

_EXPAT_SOURCE: Final = ROOT / "benchmarks" / "peers" / "expat_pass.c"


def measured(name: str, file: Path) -> dict[str, Any]:
    """Let a contestant read a file; what it imports and makes ready does not count.

    Returns:
        Seconds by clock and processor, bytes of memory at most, and what was found.

    Raises:
        SystemExit: it cannot.
    """
    if name in SLOW and file.stat().st_size > SLOW_BYTES_MAX:
        raise SystemExit("the file is too large for it")
    if name == "expat with handlers":
        return _expat(file)
    load = CONTESTANTS[name]()
    before = _memory_bytes()
    wall, cpu = time.perf_counter(), time.process_time()
    found = load(file)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "memory_bytes": max(0, _memory_bytes() - before),
        "found": found,
    }


def _memory_bytes() -> int:
    """Return the most memory that this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _expat(file: Path) -> dict[str, Any]:
    """Let expat read a file with handlers in C; without a compiler, pyexpat without handlers."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "expat_pass"
        words = [str(compiler), "-O2", "-o", str(program), str(_EXPAT_SOURCE), "-lexpat"]
        if compiler is None or subprocess.run(words, capture_output=True, check=False).returncode:
            return _pyexpat(file)
        ran = subprocess.run([str(program), str(file)], capture_output=True, text=True, check=True)
    elements, attributes, _, seconds, cpu_seconds = ran.stdout.split()
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    found = f"{int(elements):,} elements, {int(attributes):,} attributes"
    return {"seconds": float(seconds), "cpu_seconds": float(cpu_seconds), "memory_bytes": memory, "found": found}


def _pyexpat(file: Path) -> dict[str, Any]:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    wall, cpu = time.perf_counter(), time.process_time()
    with file.open("rb") as stream:
        parser.ParseFile(stream)
    found = "pyexpat without handlers: no compiler or no expat to link with"
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "memory_bytes": _memory_bytes(), "found": found}


def _ready_bytes() -> Load:
    def load(file: Path) -> str:
        size = 0
        with file.open("rb") as stream:
            while piece := stream.read(1 << 20):
                size += len(piece)
        return f"{size:,} bytes"

    return load


def _ready_lxml() -> Load:
    from lxml import etree

    def load(file: Path) -> str:
        count = 0
        for _, element in etree.iterparse(str(file), events=("end",)):
            count += 1
            parent = element.getparent()
            if parent is not None and parent.getparent() is None:
                element.clear(keep_tail=True)
                while element.getprevious() is not None:
                    del parent[0]
        return f"{count:,} elements"

    return load


def _ready_topogroup() -> Load:
    from cim_models.loading import read
    from cim_models.scan import choosing

    if choosing.is_wanted():
        from cim_models.scan.compiling import warm

        warm()

    def load(file: Path) -> str:
        statements, _ = read([file])
        return f"{len(statements):,} statements, {len(statements.ids):,} objects"

    return load


def _ready_network() -> Load:
    _ready_topogroup()
    from cim_models.loading import load as load_network

    def load(file: Path) -> str:
        return f"{len(load_network([file]).equipment.id):,} pieces of equipment"

    return load


def _ready_pyoxigraph() -> Load:
    import pyoxigraph

    def load(file: Path) -> str:
        store = pyoxigraph.Store()
        store.bulk_load(path=str(file), format=pyoxigraph.RdfFormat.RDF_XML, base_iri="http://model.invalid/")
        return f"{len(store):,} triples"

    return load


def _ready_rdflib() -> Load:
    import rdflib

    def load(file: Path) -> str:
        return f"{len(rdflib.Graph().parse(str(file), format='xml')):,} triples"

    return load


def _ready_triplets() -> Load:
    import importlib

    import pandas as pd

    importlib.import_module("triplets")

    def load(file: Path) -> str:
        reader: Any = pd.read_RDF  # type: ignore[attr-defined]
        return f"{len(reader([str(file)])):,} triples"

    return load


def _ready_cimpy() -> Load:
    import importlib

    cimpy: Any = importlib.import_module("cimpy")

    def load(file: Path) -> str:
        return f"{len(cimpy.cim_import([str(file)], 'cgmes_v2_4_15')['topology']):,} objects"

    return load


CONTESTANTS: Final[dict[str, Callable[[], Load]]] = {
    "expat with handlers": _ready_bytes,
    "read bytes": _ready_bytes,
    "lxml iterparse": _ready_lxml,
    "topogroup fast": _ready_topogroup,
    "topogroup conforming": _ready_topogroup,
    "topogroup fast, to network": _ready_network,
    "triplets": _ready_triplets,
    "pyoxigraph bulk_load": _ready_pyoxigraph,
    "cimpy": _ready_cimpy,
    "rdflib": _ready_rdflib,
}
"""Makes ready whatever reads; the first one is measured by a program of its own."""
