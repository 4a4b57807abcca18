"""Where things lie: substations on a square grid, feeders radiating from them, laterals branching off.

Places are kilometres east and north of the middle of the network; only the file holds longitude and latitude.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from cim_models.generate.spec import NetworkSpec

_LONGITUDE: Final = 9.0
_LATITUDE: Final = 51.0
_DEGREES_PER_KM_NORTH: Final = 1 / 111.32
_DEGREES_PER_KM_EAST: Final = 1 / (111.32 * math.cos(math.radians(_LATITUDE)))
_LINE_KM: Final = 0.3
# Ten degrees of latitude: a larger network is drawn with shorter lines rather than across a pole.
_SIDE_KM_MAX: Final = 1100.0


class Place(NamedTuple):
    """A point of the map, in kilometres east and north of the middle."""

    east_km: float
    north_km: float

    def towards(self, angle: float, distance_km: float) -> Place:
        """Give the place at a distance in a direction (radians, counted from east to north)."""
        return Place(
            self.east_km + distance_km * math.cos(angle),
            self.north_km + distance_km * math.sin(angle),
        )

    def distance_km(self, other: Place) -> float:
        """Give the distance to another place, in kilometres."""
        return math.hypot(self.east_km - other.east_km, self.north_km - other.north_km)

    def degrees(self) -> tuple[str, str]:
        """Give longitude and latitude in degrees, as text."""
        longitude = _LONGITUDE + self.east_km * _DEGREES_PER_KM_EAST
        latitude = _LATITUDE + self.north_km * _DEGREES_PER_KM_NORTH
        return f"{longitude:.6f}", f"{latitude:.6f}"


class Spot(NamedTuple):
    """A connectivity node: its identifier, where it lies and the phases it has."""

    node: str
    place: Place
    phases: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The measures of a map.

    Args:
        columns: substations side by side.
        spacing_km: distance of neighbouring substations.
        line_km: length of a trunk line.
    """

    columns: int
    spacing_km: float
    line_km: float

    def substation(self, index: int) -> Place:
        """Give the place of a substation; consecutive ones are always neighbours.

        Args:
            index: number of the substation, from 0.

        Returns:
            The middle of the substation.
        """
        row, column = divmod(index, self.columns)
        if row % 2:
            column = self.columns - 1 - column
        middle = (self.columns - 1) / 2
        return Place((column - middle) * self.spacing_km, (middle - row) * self.spacing_km)


def trunk_lines(spec: NetworkSpec) -> int:
    """Give the number of lines of a section that belong to the trunk, at least one."""
    return max(1, spec.lines_per_section - int(spec.lines_per_section * spec.lateral_share))


def layout_of(spec: NetworkSpec) -> Layout:
    """Choose the measures of the map, so that the whole network keeps to believable coordinates.

    Args:
        spec: the numbers of the network.

    Returns:
        The measures.
    """
    columns = math.ceil(math.sqrt(spec.substations))
    spacing_in_lines = 2.4 * (trunk_lines(spec) * spec.sections_per_feeder + 1)
    line_km = min(_LINE_KM, _SIDE_KM_MAX / (columns * spacing_in_lines))
    return Layout(columns, spacing_in_lines * line_km, line_km)


def feeder_angle(spec: NetworkSpec, index: int) -> float:
    """Give the direction (radians) in which a feeder leaves its substation."""
    return 2 * math.pi * (index + 0.1) / spec.feeders_per_substation


def chosen(index: int, share: float) -> bool:
    """Say whether the index-th of a row belongs to an evenly spread share; exact for any share."""
    return int((index + 1) * share) > int(index * share)
