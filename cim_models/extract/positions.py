"""Where equipment and containers lie: Location and its PositionPoints, in WGS 84 or in the numbers of the files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from cim_models.conventions import OPEN, Conventions
from cim_models.coordinates import SUPPORTED, is_local, system_of, to_degrees
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.voltages import Floats
from cim_models.network import I32, PositionTable, SiteTable
from cim_models.strings import Strings


@dataclass(frozen=True, slots=True)
class _Points:
    """Points by location; those of location object l lie in [start[l], start[l + 1])."""

    start: Ints
    x: Floats
    y: Floats


def positions(
    objects: Objects, equipment: Ints, container: Ints, said: Conventions = OPEN
) -> tuple[PositionTable, SiteTable]:
    """Find where things lie, in WGS 84 where their coordinate system allows it.

    Args:
        objects: the statements.
        equipment: objects of the equipment table, in its order.
        container: objects of the container table, in its order.
        said: what the user says of local coordinates.

    Returns:
        The positions of equipment and of containers that have a point.
    """
    location = _linked(objects, "PowerSystemResource.Location", "Location.PowerSystemResources")
    points = _points(objects)
    system = _linked(objects, "Location.CoordinateSystem", "CoordinateSystem.Locations")
    urn = objects.text("CoordinateSystem.crsUrn")
    refused: Counter[tuple[str, str]] = Counter()
    position = _table(location[equipment], points, system, urn, said, refused)
    of = _table(location[container], points, system, urn, said, refused)
    _note(objects, refused)
    return position, SiteTable(of.equipment, of.start, of.x, of.y, of.wgs84, of.crs_code, of.crs)


def _table(
    location: Ints,
    points: _Points,
    system: Ints,
    urn: dict[int, str],
    said: Conventions,
    refused: Counter[tuple[str, str]],
) -> PositionTable:
    """Return the positions of rows; what could not be converted is counted by code and name."""
    own, start, x, y, at = _ragged(location, points)
    crs_code, crs = _systems(system[at], urn)
    wgs84 = np.zeros(own.size, np.bool_)
    for code in np.unique(crs_code).tolist():
        name = crs[code] if code >= 0 else ""
        rows = np.flatnonzero(crs_code == code)
        known = system_of(name) or system_of(said.local_crs or "")
        if known is None:
            refused["position_local" if is_local(name) else "position_unconverted", name] += rows.size
            continue
        wgs84[rows] = True
        is_own = np.repeat(crs_code == code, np.diff(start))
        x[is_own], y[is_own] = to_degrees(known, x[is_own], y[is_own])
        outside = int(np.isnan(x[is_own]).sum())
        if outside:
            refused["position_outside", name or str(said.local_crs)] += outside
    return PositionTable(own.astype(np.int32), start, x, y, wgs84, crs_code, crs)


def _note(objects: Objects, refused: Counter[tuple[str, str]]) -> None:
    for (code, name), count in sorted(refused.items()):
        if code == "position_outside":
            why = f"lie outside {name} or at exactly (0, 0); x is longitude or easting, y latitude or northing"
            mend = "mend the numbers or the system"
        elif code == "position_local":
            why = f"are in {name}, the coordinates of a drawing"
            mend = "if they are places, set local_crs to their system, such as EPSG:4326"
        elif name:
            why = f"are in {name[:60]!r}, which cannot be converted"
            mend = f"write one of {SUPPORTED}, or set local_crs"
        else:
            why = "have no coordinate system"
            mend = "give their Location a CoordinateSystem with a crsUrn, or set local_crs"
        what = "points" if code == "position_outside" else "positions"
        objects.note(code, f"{count} {what} {why}; they are no places on earth: {mend}.")


def _linked(objects: Objects, forth: str, back: str) -> Ints:
    """Return the object that each object refers to by a link that may be written at either end, -1 = none."""
    result = objects.reference(forth)
    target, subject = objects.statements.references(back)
    fresh = result[subject] < 0
    # numpy keeps the last value of a repeated index: reversed, the first statement stands
    result[subject[fresh][::-1]] = target[fresh][::-1]
    return result


def _points(objects: Objects) -> _Points:
    location = _linked(objects, "PositionPoint.Location", "Location.PositionPoints")
    point = np.flatnonzero(location >= 0)
    x, y = (objects.number(f"PositionPoint.{axis}Position")[point] for axis in "xy")
    nowhere = np.isnan(x) | np.isnan(y)
    if nowhere.any():
        message = f"{nowhere.sum()} position points have no x or no y and are left out."
        objects.note("position_incomplete", message, point[nowhere].tolist())
    sequence = objects.number("PositionPoint.sequenceNumber")[point]
    # points without a number come last, in the order of the file
    order = np.lexsort((np.nan_to_num(sequence, nan=np.inf), location[point]))
    order = order[~nowhere[order]]
    start = np.zeros(objects.size + 1, np.int64)
    np.cumsum(np.bincount(location[point[order]], minlength=objects.size), out=start[1:])
    return _Points(start, x[order], y[order])


def _ragged(location: Ints, points: _Points) -> tuple[Ints, Ints, Floats, Floats, Ints]:
    """Return the rows that have points, starts, x and y of their points, and the location of each row."""
    known = np.maximum(location, 0)
    length = np.where(location >= 0, points.start[known + 1] - points.start[known], 0)
    row = np.flatnonzero(length)
    at, length = location[row], length[row]
    start = np.zeros(row.size + 1, np.int64)
    np.cumsum(length, out=start[1:])
    # several things may share a location: each gets its points
    taken = np.repeat(points.start[at] - start[:-1], length) + np.arange(int(start[-1]))
    return row, start, points.x[taken], points.y[taken], at


def _systems(system: Ints, urn: dict[int, str]) -> tuple[I32, Strings]:
    """Return the coordinate system of each row as a position in the texts beside it, -1 = not said."""
    said = [urn.get(obj, "") for obj in system.tolist()]
    texts = sorted(set(said) - {""})
    code = {text: i for i, text in enumerate(texts)}
    return np.array([code.get(text, -1) for text in said], np.int32), Strings.of(texts)
