"""The map: sections where the model says that their equipment lies.

What was converted to WGS 84 is drawn as such. Of other positions the numbers are believed: models name their coordinate
system carelessly, one writes degrees under the name of a local plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import SWITCHING_ROLES, Role
from cim_models.network import Network

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_SIZE: Final = 10_000.0
"""Longest side of a map in drawing units: a tenth of a unit is a metre in a network of 100 km."""

_WGS84: Final = -2
"""Stands for all coordinate systems that were converted."""

_FAR: Final = 5.0
"""Degrees without a name are far from (0, 0) for their extent, a plan drawn by hand is not."""

_APART: Final = 0.0015
"""Sections of one place are drawn this part of the map's size apart."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a map.

    Attributes:
        section: int64[n]; the section of each line, ascending.
        start: int64[n + 1]; line i has the points `[start[i], start[i + 1])`.
        x, y: float64[n_points].
    """

    section: I64
    start: I64
    x: F64
    y: F64

    @classmethod
    def none(cls) -> Lines:
        """Return no lines."""
        nothing = np.empty(0)
        return cls(np.empty(0, np.int64), np.zeros(1, np.int64), nothing, nothing)


@dataclass(frozen=True, slots=True)
class Plan:
    """Points in drawing units: those of row i of the position table are `[start[i], start[i + 1])`, NaN = unusable."""

    equipment: I64
    start: I64
    x: F64
    y: F64

    def centre(self, network: Network, equipment: I64) -> tuple[F64, F64]:
        """Return the middle of each piece of equipment, NaN where it has no point."""
        middle = np.full((2, len(network.equipment.id)), np.nan)
        for row, values in zip(middle, (self.x, self.y), strict=True):
            usable = ~np.isnan(values)
            owner = np.repeat(self.equipment, np.diff(self.start))[usable]
            amount = np.bincount(owner, minlength=row.size)
            total = np.bincount(owner, weights=values[usable], minlength=row.size)
            row[amount > 0] = total[amount > 0] / amount[amount > 0]
        return middle[0][equipment], middle[1][equipment]


def map_of(network: Network) -> Plan | None:
    """Bring the positions of a model into drawing units.

    Args:
        network: the network.

    Returns:
        The points of its commonest coordinate system; None where they are no places.
    """
    table = network.position
    if not table.x.size:
        return None
    system = np.where(table.wgs84, _WGS84, table.crs_code)
    codes, amounts = np.unique(system, return_counts=True)
    code = int(codes[np.argmax(amounts)])
    usable = np.repeat(system == code, np.diff(table.start)) & np.isfinite(table.x) & np.isfinite(table.y)
    named = code == _WGS84
    x, y = (np.where(usable, column, np.nan).astype(np.float64) for column in (table.x, table.y))
    if not usable.any():
        return None
    left, right, low, high = np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)
    if named or _looks_like_degrees(left, right, low, high):
        x *= np.cos(np.radians((low + high) / 2))
        left, right = np.nanmin(x), np.nanmax(x)
    extent = max(right - left, high - low)
    if extent <= 0:
        return None
    scale = _SIZE / extent
    return Plan(table.equipment.astype(np.int64), table.start, (x - left) * scale, (high - y) * scale)


def _looks_like_degrees(left: float, right: float, low: float, high: float) -> bool:
    """Tell whether numbers without a system are longitudes and latitudes of one region."""
    inside = max(abs(left), abs(right)) <= 180 and max(abs(low), abs(high)) <= 90
    extent = max(right - left, high - low)
    return bool(inside and max(abs(left + right), abs(low + high)) / 2 > _FAR * extent)


def mapped(network: Network, plan: Plan, of_node: I64, joints: tuple[I64, I64]) -> tuple[F64, F64, Lines] | None:
    """Place the sections of a network on its map.

    Args:
        network: the network.
        plan: its points.
        of_node: int64[n_nodes]; the section of each node.
        joints: int64[n] each; the two sections that each switch or transformer joins, -1 = none.

    Returns:
        x and y of each section, and the lines; None where less than half of the sections with equipment lie somewhere.
    """
    count = int(of_node.max(initial=-1)) + 1
    terminal, role = network.terminal, network.equipment.role
    # a switch or a transformer stands between sections, in none of them
    between = np.isin(role, [int(r) for r in (*SWITCHING_ROLES, Role.GROUND)])
    own = np.flatnonzero((terminal.node >= 0) & ~between[terminal.equipment])
    equipment, section = terminal.equipment[own].astype(np.int64), of_node[terminal.node[own]]
    at_x, at_y = plan.centre(network, equipment)
    placed = ~np.isnan(at_x)
    amount = np.bincount(section[placed], minlength=count)
    # what lies between two switches has no equipment of its own to be placed by
    if 2 * int((amount > 0).sum()) < np.unique(section).size:
        return None
    shown = np.maximum(amount, 1)
    x, y = (np.bincount(section[placed], weights=at[placed], minlength=count) / shown for at in (at_x, at_y))
    x[amount == 0] = y[amount == 0] = np.nan
    _fill(x, y, joints)
    _spread(x, y)
    return x, y, _lines(network, plan, of_node)


def _fill(x: F64, y: F64, joints: tuple[I64, I64]) -> None:
    """Put what lies nowhere in the middle of its neighbours, step by step; what has none in the middle of all."""
    a, b = (np.concatenate(joints), np.concatenate(joints[::-1]))
    a, b = a[(a >= 0) & (b >= 0)], b[(a >= 0) & (b >= 0)]
    while True:
        useful = np.isnan(x[a]) & ~np.isnan(x[b])
        if not useful.any():
            break
        amount = np.bincount(a[useful], minlength=x.size)
        at = np.flatnonzero(amount)
        for column in (x, y):
            column[at] = np.bincount(a[useful], weights=column[b[useful]], minlength=x.size)[at] / amount[at]
    for column in (x, y):
        column[np.isnan(column)] = np.nanmean(column)


def _spread(x: F64, y: F64) -> None:
    """Move sections of one place apart, in a spiral around it."""
    step = _SIZE * _APART
    cell = np.stack([np.round(x / step), np.round(y / step)], axis=1)
    _, inverse, amount = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    order = np.argsort(inverse, kind="stable")
    first = np.concatenate([[0], np.cumsum(amount)])[:-1]
    turn = np.empty(x.size)
    turn[order] = np.arange(x.size) - np.repeat(first, amount)
    # the golden angle: no two points of the spiral fall together
    angle, radius = turn * 2.399963, step * np.sqrt(turn)
    x += radius * np.cos(angle)
    y += radius * np.sin(angle)


def _lines(network: Network, plan: Plan, of_node: I64) -> Lines:
    """Return the lines that have two points or more, by section."""
    usable = np.add.reduceat(np.isnan(plan.x), plan.start[:-1]) == 0
    row = np.flatnonzero((np.diff(plan.start) > 1) & usable)
    is_line = np.isin(network.equipment.role[plan.equipment[row]], [int(Role.LINE), int(Role.SERIES), int(Role.BUSBAR)])
    row = row[is_line]
    node = np.full(len(network.equipment.id), -1, np.int64)
    there = np.flatnonzero(network.terminal.node >= 0)[::-1]
    node[network.terminal.equipment[there]] = network.terminal.node[there]
    at = node[plan.equipment[row]]
    row, at = row[at >= 0], at[at >= 0]
    order = np.argsort(of_node[at], kind="stable")
    row = row[order]
    length = plan.start[row + 1] - plan.start[row]
    start = np.concatenate([[0], np.cumsum(length)])
    taken = np.repeat(plan.start[row] - start[:-1], length) + np.arange(int(start[-1]))
    return Lines(of_node[at][order], start, plan.x[taken], plan.y[taken])
