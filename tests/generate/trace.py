"""A plain trace of a network file, made from the file alone.

It knows nothing of the generator: it reads the XML with lxml and joins (node, phase) pairs with networkx, as
DESIGN.md section 4 says for networks without tanks, without dead phases and fed forwards only.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path

import networkx as nx
from lxml import etree

CIM = "{http://iec.ch/TC57/CIM100#}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SWITCHES = ("Breaker", "Disconnector", "LoadBreakSwitch", "Fuse")
DERS = ("PowerElectronicsConnection", "SynchronousMachine")
UNIT_KINDS = {
    "PhotovoltaicUnit": "pv",
    "BatteryUnit": "battery",
    "PowerElectronicsWindUnit": "wind",
    "WindGeneratingUnit": "wind",
    "GeneratingUnit": "machine",
}
SOURCE = ("source", "")

Pair = tuple[str, str]


class Trace:
    """A network file as plain dictionaries, and who supplies what in it."""

    def __init__(self, path: Path) -> None:
        """Read a file."""
        self.kinds: dict[str, str] = {}
        self.values: dict[str, dict[str, str]] = {}
        self.users: dict[tuple[str, str], list[str]] = {}
        for element in etree.parse(path).getroot().iterchildren(f"{CIM}*"):
            self._read(element)
        self.terminals: dict[str, list[str]] = {
            equipment: users
            for (name, equipment), users in self.users.items()
            if name == "Terminal.ConductingEquipment"
        }

    def _read(self, element: etree._Element) -> None:
        mrid = _mrid(element.get(f"{RDF}about") or "")
        assert mrid not in self.kinds, "two objects with one mrid"
        self.kinds[mrid] = element.tag.removeprefix(CIM)
        self.values[mrid] = {}
        for child in element:
            name = child.tag.removeprefix(CIM)
            resource = child.get(f"{RDF}resource")
            value = (child.text or "") if resource is None else _mrid(resource)
            self.values[mrid][name] = value
            self.users.setdefault((name, value), []).append(mrid)

    def of_kind(self, *kinds: str) -> Iterator[str]:
        """The objects of some classes, in the order of the file."""
        return (mrid for mrid, kind in self.kinds.items() if kind in kinds)

    def phases(self, equipment: str, terminal: str) -> str:
        """The phases of a terminal: those of the phase objects, else its own, else all."""
        kind = self.kinds[equipment]
        owner, letter = (
            ("SwitchPhase.Switch", "SwitchPhase.phaseSide1")
            if kind in SWITCHES
            else (f"{kind}Phase.{kind}", f"{kind}Phase.phase")
        )
        objects = self.users.get((owner, equipment), [])
        if objects:
            return "".join(sorted(self.values[mrid][letter].rpartition(".")[2] for mrid in objects))
        return self.values[terminal].get("Terminal.phases", "PhaseCode.ABC").rpartition(".")[2]

    def places(self, equipment: str) -> list[set[Pair]]:
        """The (node, phase) pairs of each terminal."""
        return [
            {(self.values[t]["Terminal.ConnectivityNode"], p) for p in self.phases(equipment, t)}
            for t in self.terminals[equipment]
        ]

    def substation_transformers(self) -> Iterator[str]:
        """The transformers that lie in a Substation and not in a Feeder."""
        for mrid in self.of_kind("PowerTransformer"):
            if self.kinds[self.values[mrid]["Equipment.EquipmentContainer"]] == "Substation":
                yield mrid

    def heads(self) -> dict[str, str]:
        """Head switch -> feeder."""
        return {
            self.values[self.values[mrid]["Feeder.NormalHeadTerminal"]]["Terminal.ConductingEquipment"]: mrid
            for mrid in self.of_kind("Feeder")
        }

    def graph(self, cut: Set[str], closed: Set[str] = frozenset()) -> nx.Graph[Pair]:
        """All that conducts in the normal state, without `cut` and with the switches `closed` closed."""
        graph: nx.Graph[Pair] = nx.Graph()
        for mrid in self.terminals:
            sides = self.places(mrid)
            graph.add_nodes_from(pair for side in sides for pair in side)
            is_open = self.values[mrid].get("Switch.normalOpen") == "true" and mrid not in closed
            if len(sides) == 2 and not is_open and mrid not in cut:
                nodes = [next(iter(side))[0] for side in sides]
                graph.add_edges_from(
                    ((nodes[0], p), (nodes[1], p)) for _, p in sides[0] if (nodes[1], p) in sides[1]
                )
        for mrid in self.of_kind("EnergySource"):
            graph.add_edges_from((SOURCE, pair) for pair in self.places(mrid)[0])
        return graph

    def suppliers(self, points: Set[str], closed: Set[str] = frozenset()) -> dict[str, set[str]]:
        """DER -> those of the points that supply it, all points being cut."""
        graph = self.graph(points, closed)
        part = {node: index for index, nodes in enumerate(nx.connected_components(graph)) for node in nodes}
        touching: dict[int, set[str]] = {}
        for point in points:
            sides = [{part[pair] for pair in side} for side in self.places(point)]
            for index in sides[0] ^ sides[1]:
                touching.setdefault(index, set()).add(point)
        result = {}
        for der in self.of_kind(*DERS):
            parts = {part[pair] for pair in self.places(der)[0]}
            fed = parts == {part[SOURCE]}
            result[der] = set() if fed else set().union(*(touching.get(index, set()) for index in parts))
        return result

    def kind_of_der(self, der: str) -> str:
        """The kind of a DER by its units."""
        units = self.users.get(("PowerElectronicsUnit.PowerElectronicsConnection", der), [])
        unit = self.values[der].get("RotatingMachine.GeneratingUnit")
        kinds = {UNIT_KINDS[self.kinds[mrid]] for mrid in [*units, *([unit] if unit else [])]}
        return "hybrid" if len(kinds) > 1 else kinds.pop() if kinds else "machine"


def _mrid(reference: str) -> str:
    return reference.removeprefix("urn:uuid:")
