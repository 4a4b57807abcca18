"""The oracle's face: one model, asked for attachments under any switch states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .attach import Attachment, Config
from .heads import LOW, PRIMARY, SUB, Feeders
from .ids import canonical
from .network import phase_code
from .reading import Store, read, read_text
from .sections import sections
from .skeleton import Skeleton
from .states import CURRENT, NORMAL, Operation
from .supply import Level
from .topo import Topo, build
from .zones import (
    Substation,
    busbar_zones,
    home_substation,
    service_transformers,
    substation_transformers,
    zone_substations,
)


class OracleModel:
    """One network, read once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._static: dict[str, _Static] = {}
        self._normal: dict[str, dict[str, dict[str, Any]]] = {}

    @classmethod
    def load(cls, paths: Sequence[Path]) -> OracleModel:
        """Files, folders and zips that together are one network."""
        return cls(read(paths))

    @classmethod
    def from_xml(cls, text: str) -> OracleModel:
        """One RDF/XML document."""
        return cls(read_text(text))

    def _of(self, heads: Sequence[Mapping[str, str]] | None, sources: Sequence[str] | None) -> _Static:
        key = repr((heads, sources))
        if key not in self._static:
            self._static[key] = _Static(self.store, heads or [], None if sources is None else list(sources))
        return self._static[key]

    def attach(
        self,
        opened: Iterable[Operation] = (),
        closed: Iterable[Operation] = (),
        state: str = "current",
        heads: Sequence[Mapping[str, str]] | None = None,
        sources: Sequence[str] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Every DER with its current and its normal attachment; operations change `current` only."""
        static = self._of(heads, sources)
        topo = static.topo
        base = NORMAL if state == "normal" else CURRENT
        poles = topo.states.operated(
            base, [static.switch(o) for o in opened], [static.switch(o) for o in closed]
        )
        current = Attachment(static.config, base, poles)
        key = repr((heads, sources))
        if key not in self._normal:
            normal = Attachment(static.config, NORMAL, topo.states.poles[NORMAL])
            self._normal[key] = {der.id: normal.of(der) for der in topo.ders}
        return {
            der.id: {
                "kind": der.kind,
                "unit_kinds": list(der.unit_kinds),
                "phases": phase_code(der.phases),
                "current": current.of(der),
                "normal": self._normal[key][der.id],
            }
            for der in topo.ders
        }

    def feeders(
        self, heads: Sequence[Mapping[str, str]] | None = None, sources: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Every feeder with the equipment of its head and the rule that gave it."""
        return [
            {"mrid": f.mrid, "name": f.name, "head": sorted(f.head), "rule": f.rule, "tier": f.tier}
            for f in self._of(heads, sources).feeders
        ]

    def substations(
        self, heads: Sequence[Mapping[str, str]] | None = None, sources: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """The substations that transformers have, each with its transformers."""
        static = self._of(heads, sources)
        found: dict[Substation, list[str]] = {}
        for transformer, substation in sorted(static.config.substations.items()):
            found.setdefault(substation, []).append(transformer)
        return [
            {"mrid": s.mrid, "name": s.name, "derived": s.derived, "transformers": t}
            for s, t in sorted(found.items(), key=lambda item: item[0].mrid)
        ]

    def sources(self) -> list[str]:
        """Canonical ids of the grid sources."""
        return list(self._of(None, None).topo.sources)

    def switches(self) -> dict[str, dict[str, dict[str, bool]]]:
        """Every switch with the open flag of its poles, normal and current."""
        poles = self._of(None, None).topo.states.poles
        return {
            switch: {"normal": dict(poles[NORMAL][switch]), "current": dict(poles[CURRENT][switch])}
            for switch in sorted(poles[CURRENT])
        }


class _Static:
    """Everything that no switch state changes, for one choice of heads and sources."""

    def __init__(self, store: Store, heads: Sequence[Mapping[str, str]], sources: list[str] | None) -> None:
        self.topo: Topo = build(store, sources)
        topo = self.topo
        transformers = substation_transformers(topo)
        self.zones = busbar_zones(topo, transformers)
        substations = zone_substations(topo, self.zones)
        found = Feeders(topo, self.zones, transformers, heads)
        self.feeders = found.found
        services = service_transformers(topo)
        levels = [
            _transformer_level(topo, "transformers", transformers),
            *(
                Level(
                    tier,
                    {
                        h: (f.mrid, frozenset(up))
                        for f in self.feeders
                        if f.tier == tier
                        for h, up in f.head.items()
                    },
                )
                for tier in (PRIMARY, LOW, SUB)
            ),
            _transformer_level(topo, "service", services),
        ]
        feeder_substations = {}
        for feeder in self.feeders:
            home = feeder.substation
            if home is None and feeder.container is not None:
                home = store.ref(feeder.container, "Feeder.NormalEnergizingSubstation")
            home = home or home_substation(topo, min(feeder.head))
            if home is not None:
                feeder_substations[feeder.mrid] = home
        self.config = Config(topo, levels, substations, feeder_substations, sections(topo))
        points = {key for level in levels for key in level.points}
        for state in (NORMAL, CURRENT):
            self.config.skeletons[state] = Skeleton(topo, state, points)
        self._aliases = self._switch_names()

    def _switch_names(self) -> dict[str, str]:
        """Switches by mRID literal and by name, where those are unique."""
        store = self.topo.store
        found: dict[str, set[str]] = {}
        for switch in self.topo.elements.poles:
            for text in (
                store.text(switch, "IdentifiedObject.mRID"),
                store.text(switch, "IdentifiedObject.name"),
            ):
                if text is not None:
                    found.setdefault(canonical(text), set()).add(switch)
        return {text: min(keys) for text, keys in found.items() if len(keys) == 1}

    def switch(self, operation: Operation) -> Operation:
        """The operation with its switch by canonical id."""
        text = operation if isinstance(operation, str) else operation[0]
        key = canonical(text)
        if key not in self.topo.elements.poles:
            key = self._aliases.get(key, key)
        return key if isinstance(operation, str) else (key, operation[1])


def _transformer_level(topo: Topo, name: str, keys: list[str]) -> Level:
    """A level of transformers: the upper side is that of the highest voltage."""
    return Level(name, {k: (k, frozenset(topo.elements.transformers[k].upper_nodes())) for k in keys})
