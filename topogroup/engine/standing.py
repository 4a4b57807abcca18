"""Standing devices: the temporary devices that were placed, and where they are in the active model."""

from __future__ import annotations

from collections.abc import Mapping

from cim_models.errors import IdError, OptionError
from topogroup.engine.model import ActiveModel
from topogroup.journal.records import DeviceRow
from topogroup.topology.structure.grid import Grid
from topogroup.topology.switching.devices import Device


def found_in(model: ActiveModel, devices: Mapping[str, DeviceRow]) -> dict[str, Device]:
    """Return the devices whose place is in a model, by id; the others wait for a model that has it."""
    found = {}
    for id_, one in devices.items():
        try:
            found[id_] = model.places.device(id_, one.kind, one.place, one.phases)
        except (IdError, OptionError):
            continue
    return found


def grid_with(model: ActiveModel, devices: Mapping[str, DeviceRow]) -> Grid:
    """Return the grid of a model with the devices that stand in it; without any, the model's own."""
    return model.device_grids.of(found_in(model, devices).values()) if devices else model.grid
