"""The truth file: what every DER hangs on and what every tie joins in the normal state.

One JSON object, streamed (the DER one a line, in the order of the network file):

    spec         the numbers that the network was made from
    ders         mrid -> name, kind, phases (CIM PhaseCode without N), feeder (null on a busbar), substation,
                 transformers (all that supply it, sorted)
    ties         mrid -> name, joins (the two feeders)
    feeders      mrid -> name, head (the feeder breaker), substation
    substations  mrid -> name
    counts       objects of the network file by sort

All references are mRIDs. "Normal state" is that of DESIGN.md section 4: `Switch.normalOpen` decides.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from cim_models.generate.spec import NetworkSpec

# About a quarter of a megabyte.
_DERS_KEPT_MAX: Final = 1000


class TruthWriter:
    """Writes the truth file; keeps one line per feeder, tie and substation until the end.

    Args:
        stream: where the bytes go.
        spec: the numbers of the network.
    """

    def __init__(self, stream: io.BufferedIOBase, spec: NetworkSpec) -> None:
        """Write the beginning of the file."""
        self._stream = stream
        self._ders: list[str] = []
        self._between = "\n"
        self._feeders: dict[str, dict[str, str]] = {}
        self._ties: dict[str, dict[str, str | list[str]]] = {}
        self._substations: dict[str, str] = {}
        self._stream.write(f'{{\n"spec": {json.dumps(asdict(spec))},\n"ders": {{'.encode())

    def der(
        self,
        mrid: str,
        *,
        name: str,
        kind: str,
        phases: str,
        feeder: str | None,
        substation: str,
        transformers: Sequence[str],
    ) -> None:
        """Add one DER.

        Args:
            mrid: of the equipment.
            name: its name.
            kind: pv, battery, wind, machine or hybrid.
            phases: letters without N, for example "ABC" or "B".
            feeder: mrid, None on a busbar.
            substation: mrid.
            transformers: mrids of the substation transformers that supply it.
        """
        record = {
            "name": name,
            "kind": kind,
            "phases": phases,
            "feeder": feeder,
            "substation": substation,
            "transformers": sorted(transformers),
        }
        self._ders.append(f'{self._between}"{mrid}": {json.dumps(record)}')
        self._between = ",\n"
        if len(self._ders) > _DERS_KEPT_MAX:
            self._flush()

    def feeder(self, mrid: str, *, name: str, head: str, substation: str) -> None:
        """Add one feeder with the mrids of its head and its substation."""
        self._feeders[mrid] = {"name": name, "head": head, "substation": substation}

    def tie(self, mrid: str, *, name: str, joins: tuple[str, str]) -> None:
        """Add one normally open tie with the mrids of the two feeders that it joins."""
        self._ties[mrid] = {"name": name, "joins": list(joins)}

    def substation(self, mrid: str, *, name: str) -> None:
        """Add one substation."""
        self._substations[mrid] = name

    def close(self, counts: Mapping[str, int]) -> None:
        """Write the end of the file.

        Args:
            counts: objects of the network by sort.
        """
        self._flush()
        self._stream.write(b"\n}")
        tail: dict[str, Mapping[str, object]] = {
            "ties": self._ties,
            "feeders": self._feeders,
            "substations": self._substations,
            "counts": counts,
        }
        for name, records in tail.items():
            rows = ",\n".join(f'"{key}": {json.dumps(value)}' for key, value in records.items())
            self._stream.write(f',\n"{name}": {{\n{rows}\n}}'.encode())
        self._stream.write(b"\n}\n")

    def _flush(self) -> None:
        self._stream.write("".join(self._ders).encode())
        self._ders.clear()
