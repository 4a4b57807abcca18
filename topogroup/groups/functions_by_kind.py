"""DERFunction of automatic groups: what DER of a kind can do, unless somebody declares otherwise.

Policy `declared`: the flags are a property of the group's definition and do not move with its members. A
group of one kind has that kind's row. A group of all kinds has what every kind can do, so that whoever
reads a flag may use it on each member. The table errs on the side of less: a flag that is false costs an
entry in the settings, one that is wrongly true costs a dispatch that nobody follows (IEC 61968-5 class
DERFunction; abilities as IEEE 1547:2018).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from topogroup.groups.template import Group


@dataclass(frozen=True, slots=True)
class DerFunction:
    """The nine capability flags of a group, with the reason for each column of the table.

    Attributes:
        connect_disconnect: every DER can be told to cease to energise (IEEE 1547 permit service).
        frequency_watt_curve: a curve in the inverter's controls; a machine's governor droop is no such curve.
        max_real_power_limiting: every DER takes a cap on its active power (IEEE 1547 4.6.2).
        ramp_rate_control: inverters keep a set ramp; a machine's ramp is that of its prime mover.
        reactive_power_dispatch: inverters follow a Q set point; an asynchronous machine only consumes Q.
        real_power_dispatch: needs a store or a fuel; sun and wind can only be limited.
        voltage_regulation: who follows a Q set point can hold a voltage with it.
        volt_var_curve: a curve in the inverter's controls.
        volt_watt_curve: required of inverters that see high voltages from photovoltaics or batteries.
    """

    connect_disconnect: bool
    frequency_watt_curve: bool
    max_real_power_limiting: bool
    ramp_rate_control: bool
    reactive_power_dispatch: bool
    real_power_dispatch: bool
    voltage_regulation: bool
    volt_var_curve: bool
    volt_watt_curve: bool

    def common_with(self, other: DerFunction) -> DerFunction:
        """Return what both can do."""
        return DerFunction(*(getattr(self, f.name) and getattr(other, f.name) for f in fields(self)))


_WORDS: Final[dict[str, tuple[int, ...]]] = {
    #          con  f-W  cap  ramp  Q    P    V  V-var V-W
    "pv": (1, 1, 1, 1, 1, 0, 1, 1, 1),
    "battery": (1, 1, 1, 1, 1, 1, 1, 1, 1),
    "wind": (1, 1, 1, 1, 1, 0, 1, 1, 0),
    "machine": (1, 0, 1, 0, 0, 1, 0, 0, 0),
    "other": (1, 0, 1, 0, 0, 0, 0, 0, 0),
    "hybrid": (1, 1, 1, 1, 1, 0, 1, 1, 0),
}

FUNCTION_BY_KIND: Final = {kind: DerFunction(*map(bool, flags)) for kind, flags in _WORDS.items()}
"""The defaults. `other`: nothing is known of it; `hybrid`: what pv, battery and wind have in common."""


def default_function(group: Group) -> DerFunction:
    """Return the declared default of a group.

    Args:
        group: a group made by a template.

    Returns:
        The row of its kind (an unknown kind counts as `other`), or what all kinds have in common.
    """
    if group.kind is not None:
        return FUNCTION_BY_KIND.get(group.kind, FUNCTION_BY_KIND["other"])
    common, *rest = FUNCTION_BY_KIND.values()
    for function in rest:
        common = common.common_with(function)
    return common
