"""Generating units behind machines and power electronics, linked at either end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from cim_models import catalogue
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Objects

Links = Sequence[tuple[int, int]]
"""Position of equipment and object of its unit, each pair once."""

_FROM_EQUIPMENT: Final = ("PowerElectronicsConnection.PowerElectronicsUnit", "RotatingMachine.GeneratingUnit")
_FROM_UNIT: Final = ("PowerElectronicsUnit.PowerElectronicsConnection", "GeneratingUnit.RotatingMachine")


def unit_links(objects: Objects, bones: Bones) -> Links:
    """Return which equipment has which units, whichever end says so."""
    pairs: set[tuple[int, int]] = set()
    for predicate in _FROM_EQUIPMENT:
        pairs.update((int(e), int(u)) for e, u in zip(*objects.statements.references(predicate), strict=True))
    for predicate in _FROM_UNIT:
        pairs.update((int(e), int(u)) for u, e in zip(*objects.statements.references(predicate), strict=True))
    positions = ((int(bones.equipment_of[machine]), unit) for machine, unit in sorted(pairs))
    return [(e, unit) for e, unit in positions if e >= 0]


def unit_kinds(objects: Objects, links: Links) -> dict[int, list[str]]:
    """Return for each piece of equipment the kinds of its units; units without equipment are noted.

    Args:
        objects: the statements.
        links: which equipment has which units.

    Returns:
        Position of equipment → kinds, with repetitions.
    """
    found: dict[int, list[str]] = defaultdict(list)
    linked: set[int] = set()
    for e, unit in links:
        kind = catalogue.UNIT_KINDS.get(objects.statements.class_name[unit] or "")
        if kind is not None:
            found[e].append(kind)
            linked.add(unit)
    for name in ("PhotovoltaicUnit", "PhotoVoltaicUnit", "BatteryUnit", "PowerElectronicsWindUnit"):
        for unit in objects.of_class([name]).tolist():
            if unit not in linked:
                objects.note("unit_without_connection", f"{objects.label(unit)} belongs to no connection.", [unit])
    return found
