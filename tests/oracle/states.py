"""Switch states, service and connection: DESIGN.md section 4 "State of a switch"."""

from __future__ import annotations

from collections.abc import Iterable

from .elements import Edge, Elements
from .network import Network, phase_set
from .reading import Store

Poles = dict[str, dict[str, bool]]
Operation = str | tuple[str, str]

NORMAL, CURRENT = "normal", "current"


class States:
    """Open or closed per switch and pole, in service or not, connected or not; normal and current."""

    def __init__(self, network: Network, elements: Elements) -> None:
        self.network = network
        self.elements = elements
        store = network.store
        self._sv = {
            switch: flag
            for key in store.of_type("SvSwitch")
            if (switch := store.ref(key, "SvSwitch.Switch"))
            and (flag := store.flag(key, "SvSwitch.open")) is not None
        }
        every = [*elements.poles, *store.of_type("SwitchPhase")]
        self.has_normal = any(
            store.flag(key, "Switch.normalOpen", "SwitchPhase.normalOpen") is not None for key in every
        )
        self._service: dict[tuple[str, str], bool] = {}
        self.poles: dict[str, Poles] = {NORMAL: {}, CURRENT: {}}
        for switch in elements.poles:
            self._read(switch)

    def _read(self, switch: str) -> None:
        store = self.network.store
        items: dict[str, str] = {}
        for item in self.elements.switch_phases.get(switch, ()):
            side = phase_set(store.enum(item, "SwitchPhase.phaseSide1", "SwitchPhase.phaseSide2"))
            if side:
                items[min(side)] = item
        current: dict[str, bool] = {}
        normal: dict[str, bool] = {}
        for pole in self.elements.poles[switch]:
            current[pole] = _current_open(store, switch, items.get(pole), self._sv.get(switch))
            # "A model without any normalOpen: its first known state."
            normal[pole] = _normal_open(store, switch, items.get(pole)) if self.has_normal else current[pole]
        self.poles[CURRENT][switch] = current
        self.poles[NORMAL][switch] = normal

    def in_service(self, key: str, state: str) -> bool:
        """Normal state: `normallyInService` (absent = true); current: `inService`, else the normal one."""
        known = self._service.get((key, state))
        if known is None:
            store = self.network.store
            known = store.flag(key, "Equipment.normallyInService") is not False
            if state == CURRENT:
                current = store.flag(key, "Equipment.inService")
                known = known if current is None else current
            self._service[key, state] = known
        return known

    def connected(self, terminal: str, state: str) -> bool:
        """Normal state: "every terminal connected"."""
        return state == NORMAL or self.network.terminals[terminal].connected

    def passes(self, edge: Edge, state: str) -> bool:
        """DESIGN: "What is out of service or has a disconnected terminal does not conduct" (switch
        poles aside).
        """
        if edge.owner is None:
            return True
        if not self.in_service(edge.owner, state) or (edge.unit and not self.in_service(edge.unit, state)):
            return False
        return all(self.connected(terminal, state) for terminal in edge.terminals)

    def conducts_normally(self, edge: Edge) -> bool:
        """Whether the edge conducts in the normal state, switch poles included."""
        if edge.pole is not None and self.poles[NORMAL][edge.owner or ""][edge.pole]:
            return False
        return self.passes(edge, NORMAL)

    def operated(self, base: str, opened: Iterable[Operation], closed: Iterable[Operation]) -> Poles:
        """The poles after "closes first, then opens (an id in both ends open)"."""
        poles = {switch: dict(found) for switch, found in self.poles[base].items()}
        for operations, is_open in ((closed, False), (opened, True)):
            for operation in operations:
                switch, phases = (operation, None) if isinstance(operation, str) else operation
                if switch not in poles:
                    raise KeyError(f"no switch {switch}")
                wanted = set(poles[switch]) if phases is None else (phase_set(phases) or set())
                for pole in wanted & set(poles[switch]):
                    poles[switch][pole] = is_open
        return poles


def _current_open(store: Store, switch: str, item: str | None, solved: bool | None) -> bool:
    """SwitchPhase.closed > Switch.open > SvSwitch.open > SwitchPhase.normalOpen > normalOpen > closed."""
    closed = store.flag(item, "SwitchPhase.closed") if item else None
    if closed is not None:
        return not closed
    for flag in (store.flag(switch, "Switch.open"), solved):
        if flag is not None:
            return flag
    return _normal_open(store, switch, item)


def _normal_open(store: Store, switch: str, item: str | None) -> bool:
    """DESIGN: "`normalOpen` (`SwitchPhase.normalOpen`)"; closed where nothing is said."""
    flag = store.flag(item, "SwitchPhase.normalOpen") if item else None
    if flag is None:
        flag = store.flag(switch, "Switch.normalOpen")
    return bool(flag)
