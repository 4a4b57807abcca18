"""The active model: a network with everything that no switch changes, prepared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import SWITCHING_ROLES
from cim_models.lookup import EquipmentNames, own_end_devices
from cim_models.network import Network
from topogroup.topology.answers.view import ModelTables, StateView
from topogroup.topology.graph.states import normal_state
from topogroup.topology.questions.behind import Behind
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.questions.reach import Nearness
from topogroup.topology.structure.grid import Grid, prepare
from topogroup.topology.supplying.attachment import Attachments, DerRows, attachments, der_rows
from topogroup.topology.switching.devices import DeviceGrids
from topogroup.topology.switching.places import Places


@dataclass(frozen=True, eq=False)
class ActiveModel:
    """One version of the network model, ready for tracing.

    Attributes:
        id: derived from the content of its files.
        name: what people call it.
        grid: the prepared network; the keys of its equipment are permanent once the model is active.
        rows: its DER by phase.
        normal: where all DER hang in the normal state.
        heads: the entries of a heads file with which it was prepared, None = none.
    """

    id: str
    name: str
    grid: Grid
    rows: DerRows
    normal: Attachments
    heads: tuple[Mapping[str, str], ...] | None = None

    @property
    def network(self) -> Network:
        """Return the arrays."""
        return self.grid.network

    @cached_property
    def tables(self) -> ModelTables:
        """Return what the views of all states share."""
        return ModelTables(self.grid, self.rows)

    @cached_property
    def kinds(self) -> list[str]:
        """Return the kinds of the DER, ascending."""
        return sorted(set(self.normal_view.der_kinds))

    @cached_property
    def normal_view(self) -> StateView:
        """Return the normal state as grouping sees it."""
        behind = Behind(self.normal_known, self.equipment)
        return StateView(self.grid, self.rows, self.normal, self.tables, behind)

    @cached_property
    def normal_known(self) -> KnownState:
        """Return the normal state as questions are asked of it."""
        return KnownState(self.grid, self.rows, normal_state(self.network), self.normal)

    @cached_property
    def nearness(self) -> Nearness:
        """Return the sections and the switches between them."""
        return Nearness(self.grid, self.rows.node, self.rows.phases)

    @cached_property
    def switches(self) -> EquipmentNames:
        """Return the switches by id and name."""
        return EquipmentNames(self.network, "switch", self.is_switch)

    @cached_property
    def ders(self) -> EquipmentNames:
        """Return the DER by id and name."""
        among = np.zeros(len(self.network.equipment.id), np.bool_)
        among[self.network.der.equipment] = True
        return EquipmentNames(self.network, "DER", among)

    @cached_property
    def equipment(self) -> EquipmentNames:
        """Return all equipment by id and name."""
        return EquipmentNames(self.network, "equipment")

    @cached_property
    def places(self) -> Places:
        """Return the places where temporary devices can stand."""
        return Places(self.grid)

    @cached_property
    def device_grids(self) -> DeviceGrids:
        """Return the grids with temporary devices that were used last."""
        return DeviceGrids(self.grid)

    @cached_property
    def is_switch(self) -> npt.NDArray[np.bool_]:
        """Return which equipment can be switched: bool[n_equipment]."""
        return np.isin(self.network.equipment.role, [int(role) for role in SWITCHING_ROLES])

    @cached_property
    def der_position(self) -> dict[str, int]:
        """Return the position of each DER by mRID."""
        return {mrid: position for position, mrid in enumerate(self.normal_view.der_mrids)}

    @cached_property
    def der_keys(self) -> npt.NDArray[np.int64]:
        """Return the permanent keys of the DER: int64[n_ders]."""
        return np.asarray(self.network.equipment.key[self.network.der.equipment], np.int64)

    @cached_property
    def end_devices(self) -> dict[str, str]:
        """Return the EndDevice id of each DER that has exactly one and shares it with none."""
        return own_end_devices(self.network)

    def with_keys(self, keys: npt.NDArray[np.int64]) -> ActiveModel:
        """Return the model with the permanent keys of its equipment: int64[n_equipment]."""
        equipment = replace(self.network.equipment, key=keys)
        grid = replace(self.grid, network=replace(self.network, equipment=equipment))
        return ActiveModel(self.id, self.name, grid, self.rows, self.normal, self.heads)

    def with_phases_apart(self) -> ActiveModel:
        """Return the model prepared for operations on single phases, with the same heads."""
        return prepared(self.network, self.id, self.name, per_phase=True, heads=self.heads)


def prepared(
    network: Network,
    id_: str,
    name: str,
    *,
    per_phase: bool = False,
    heads: tuple[Mapping[str, str], ...] | None = None,
) -> ActiveModel:
    """Prepare a network for service; takes seconds for 100,000 nodes.

    Args:
        network: the arrays.
        id_: the id of the model.
        name: what people call it.
        per_phase: switches will be operated on single phases.
        heads: entries of a heads file, all of which fit the network.

    Returns:
        The model.
    """
    grid = prepare(network, per_phase=per_phase, heads=heads)
    rows = der_rows(grid)
    return ActiveModel(id_, name, grid, rows, attachments(grid, rows, normal_state(network)), heads)


def described(model: ActiveModel) -> dict[str, Any]:
    """Return a model in short, as answers name it."""
    return {"id": model.id, "name": model.name, "ders": len(model.normal_view.der_mrids)}
