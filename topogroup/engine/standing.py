"""Standing devices: the temporary devices that were placed, and where they are in the active model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cim_models.errors import IdError, OptionError
from topogroup.engine.model import ActiveModel
from topogroup.topology.structure.grid import Grid
from topogroup.topology.switching.devices import Device


@dataclass(frozen=True, slots=True)
class PlacedDevice:
    """One temporary device, whatever model is active.

    Attributes:
        id: what it is called.
        kind: `cut`, `jumper` or `source`.
        place: one or two texts that name where it is.
        phases: the phases that it acts on, a CIM PhaseCode; empty = all.
        until: when it is to be gone; it stays until it is taken away.
        source: who placed it.
        placed_at: when that was committed.
        revision: the revision that placed it.
    """

    id: str
    kind: str
    place: tuple[str, ...]
    phases: str
    until: datetime | None
    source: str
    placed_at: datetime
    revision: int

    def as_dict(self) -> dict[str, Any]:
        """Return the device as answers and events name it; what is not said is left out."""
        said = {"id": self.id, "kind": self.kind, "place": self.place[0]}
        if len(self.place) > 1:
            said["place2"] = self.place[1]
        if self.phases:
            said["phases"] = self.phases
        if self.until is not None:
            said["until"] = self.until.isoformat()
        return said


def found_in(model: ActiveModel, devices: Mapping[str, PlacedDevice]) -> dict[str, Device]:
    """Return the devices whose place is in a model, by id; the others wait for a model that has it."""
    found = {}
    for id_, one in devices.items():
        try:
            found[id_] = model.places.device(id_, one.kind, one.place, one.phases)
        except (IdError, OptionError):
            continue
    return found


def grid_with(model: ActiveModel, devices: Mapping[str, PlacedDevice]) -> Grid:
    """Return the grid of a model with the devices that stand in it; without any, the model's own."""
    return model.device_grids.of(found_in(model, devices).values()) if devices else model.grid
