"""Findings on voltages that the model does not give, and what counts in their place."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import limits
from cim_models.catalogue import Role
from cim_models.findings import Finding, finding, first_of
from cim_models.network import Network

F64 = npt.NDArray[np.float64]

_WITHOUT: Final = tuple(int(role) for role in (Role.TRANSFORMER, Role.GROUND, Role.CUT, Role.CLAMP))
"""What needs no base voltage: transformers have it at their ends, cuts and clamps on their line."""


def voltage_findings(network: Network, node_voltage: F64) -> list[Finding]:
    """Find equipment without a base voltage.

    Args:
        network: the network.
        node_voltage: float64[n_nodes]; volts, NaN = unknown, as `grid.node_voltages` has them.

    Returns:
        One finding per transformer, and one each on other equipment whose voltage its neighbours tell or do not.
    """
    table, terminal = network.equipment, network.terminal
    bare_ends = np.unique(network.end.equipment[np.isnan(network.end.voltage_v)])

    def transformer(e: int) -> Finding:
        text = (
            f"{network.label(e)} has an end with neither a base voltage nor a rated one: towards that end "
            "it is no substation or service transformer; give the end a TransformerEnd.BaseVoltage."
        )
        return finding("voltage_unknown", text, [table.id[e]])

    silent = np.flatnonzero(np.isnan(table.voltage_v))
    bare, placed, told = (np.zeros(len(table.id), np.bool_) for _ in range(3))
    bare[silent] = ~np.isin(table.role[silent], _WITHOUT)
    if bare.any():
        rows = np.flatnonzero(bare[terminal.equipment] & (terminal.node >= 0))
        placed[terminal.equipment[rows]] = True
        told[terminal.equipment[rows[~np.isnan(node_voltage[terminal.node[rows]])]]] = True
        bare &= placed
    found = first_of("voltage_unknown", bare_ends, transformer)
    for code, rows, counts, mend in (
        ("voltage_by_neighbours", np.flatnonzero(bare & told), "that of what it is joined to counts", "to be sure, "),
        ("voltage_unknown", np.flatnonzero(bare & ~told), "a feeder there counts as primary", ""),
    ):
        if rows.size:
            example = network.label(int(rows[0]))
            text = (
                f"{rows.size} pieces of equipment have no base voltage, such as {example}: {counts}; {mend}give each "
                "a ConductingEquipment.BaseVoltage."
            )
            found.append(finding(code, text, [table.id[e] for e in rows.tolist()[: limits.FINDING_OBJECTS_MAX]]))
    return found
