"""The pencil of the random networks: draws what a piece of equipment is like and remembers what stands where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

from topogroup.testing import NetworkBuilder

T = TypeVar("T")

SWITCH_CLASSES = (
    "Breaker",
    "LoadBreakSwitch",
    "Disconnector",
    "Fuse",
    "Recloser",
    "Sectionaliser",
    "Jumper",
    "DisconnectingCircuitBreaker",
    "Switch",
)


BREAKERS = ("Breaker", "Recloser", "Disconnector", "LoadBreakSwitch", "DisconnectingCircuitBreaker")


@dataclass(frozen=True)
class Place:
    """A node: its name, phases and voltage, the letter of the centre tap it hangs behind, and whether it belongs
    to a busbar or a bay.
    """

    node: str
    phases: str
    volts: float
    tap: str = ""
    bay: bool = False


@dataclass
class Maker:
    """A network in the making."""

    draw: st.DrawFn
    b: NetworkBuilder = field(default_factory=NetworkBuilder)
    places: list[Place] = field(default_factory=list)
    switches: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    later: list[tuple[Place, str | None]] = field(default_factory=list)
    """Where feeders begin inside feeders, and the substation they name; made when all containers are closed."""

    # ---- choices; all shrink towards the plain network

    def chance(self, percent: int) -> bool:
        """Draw true in so many cases out of a hundred."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of these; the first is the plainest."""
        return choices[self.draw(st.integers(0, len(choices) - 1))]

    def number(self, low: int, high: int) -> int:
        """Draw a number."""
        return int(self.draw(st.integers(low, high)))

    def name(self, prefix: str) -> str:
        """Return a name that is new."""
        self.counts[prefix] = self.counts.get(prefix, 0) + 1
        return f"{prefix}{self.counts[prefix]}"

    # ---- nodes

    def place(self, phases: str, volts: float, tap: str = "", name: str = "n", *, bay: bool = False) -> Place:
        """Make a node and remember it."""
        made = Place(self.name(name), phases, volts, tap, bay)
        self.places.append(made)
        return made

    def beyond(self, place: Place, phases: str | None = None, *, bay: bool = False) -> Place:
        """Make a node that has what another has, or less."""
        return self.place(phases or place.phases, place.volts, place.tap, bay=bay)

    # ---- equipment

    def options(self) -> dict[str, Any]:
        """Draw what seldom is not as it should be: service and connection."""
        found: dict[str, Any] = {}
        if self.chance(3):
            found["in_service"] = self.chance(50)
            found["normally_in_service"] = self.chance(50)
        return found

    def two_ended(self) -> dict[str, Any]:
        """Draw the same for equipment with two terminals."""
        found = self.options()
        if self.chance(2):
            found["connected"] = self.pick(([False, True], [True, False]))
        return found

    def line(self, one: Place, other: Place) -> str:
        """Join two nodes by a line with the phases of the lesser."""
        name = self.name("L")
        phases = common(one.phases, other.phases)
        stated = None if phases == "ABC" and self.chance(50) else phases
        self.b.line(name, one.node, other.node, phases=stated, **self.two_ended())
        return name

    def switch(
        self,
        one: Place,
        other: Place,
        *,
        phases: str = "",
        tie: bool = False,
        classes: Sequence[str] = SWITCH_CLASSES,
        container: str | None = None,
        third: Place | None = None,
    ) -> str:
        """Join two nodes, or three, by a switch of any class in any state, with poles or without."""
        name = self.name("TIE" if tie else "S")
        shared = phases or common(one.phases, other.phases)
        poles = shared if shared != "ABC" or self.chance(30) else ""
        always_open = tie and (one.bay or other.bay)  # else two busbar zones would be one, or a line join two
        normal = always_open or self.chance(85 if tie else 8)
        now = normal != self.chance(12)
        said: dict[str, Any] = {"open": now, "normal_open": normal}
        if poles and self.chance(25):
            codes = split(poles)
            said = {
                "open": None,
                "open_phases": "".join(p for p in codes if self.chance(40)),
                "normal_open_phases": poles if always_open else "".join(p for p in codes if self.chance(15)),
            }
        elif not always_open and self.chance(6):
            said = self.pick(({"open": None, "normal_open": normal}, {"open": now, "with_normal": False}))
            said |= {"sv_open": self.chance(50)} if self.chance(30) else {}
        cls = self.pick(classes)
        said |= {"container": container} if container else self.options() if third else self.two_ended()
        self.b.switch(name, one.node, other.node, cls=cls, phases=poles or None, **said)
        if third is not None:
            self.b.terminal(name, third.node)
        self.switches[name] = shared
        return name

    def der(self, place: Place) -> str:
        """Hang a DER of any kind at a node."""
        name = self.name("D")
        options: dict[str, Any] = self.options()
        if self.chance(4):
            options["connected"] = False
        if self.chance(5):
            options["container"] = None
        phases = None
        if self.chance(50):
            codes = split(place.phases)
            wanted = {codes[self.number(0, len(codes) - 1)] for _ in range(self.number(1, 3))}
            phases = "".join(p for p in codes if p in wanted)
        if place.tap and self.chance(15):
            phases = place.tap  # a secondary named by its primary
        kind = self.pick(
            ("pv", "battery", "wind", "hybrid", "synchronous", "asynchronous", "generation", "equivalent")
        )
        if kind in ("generation", "equivalent"):
            if phases:
                options["terminal_phases"] = phases
            make = self.b.generation_source if kind == "generation" else self.b.equivalent_injection
            make(name, place.node, **options)
        elif kind == "synchronous":
            unit = self.pick((None, "hydro", "wind"))
            self.b.synchronous_machine(name, place.node, unit=unit, phases=phases, **options)
        elif kind == "asynchronous":
            self.b.asynchronous_machine(name, place.node, phases=phases, **options)
        else:
            getattr(self.b, kind)(name, place.node, phases=phases, **options)
        return name


def split(phases: str) -> list[str]:
    """Return the single phases of a place."""
    return ["s1", "s2"] if phases == "s1s2" else list(phases)


def common(one: str, other: str) -> str:
    """Return the phases that both have."""
    return "".join(p for p in split(one) if p in split(other))
