"""Coordinate systems of CIM files, and their way to WGS 84 longitude and latitude in degrees.

Converted by formula, without data files: WGS 84 and ETRS89 in degrees, their UTM zones, and Web Mercator. ETRS89
counts as WGS 84 (they differ by less than a metre in Europe). Everything else, such as national grids, needs a change
of datum whose right parameters a file does not name; it is refused, never approximated (docs/decisions/0011).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SUPPORTED: Final = "EPSG:4326, 4258, 3857, UTM zones 326xx, 327xx, 258xx, or CRS84"

_RADIUS_M: Final = 6_378_137.0
"""Semi-major axis of the ellipsoids of WGS 84 and ETRS89 (GRS 80), whose flattening differs in the ninth digit only."""
_FLATTENING: Final = 1 / 298.257223563
_UTM_SCALE: Final = 0.9996
_UTM_EAST_M: Final = 500_000.0
_UTM_SOUTH_M: Final = 10_000_000.0
_MERCATOR_SIDE_M: Final = 20_037_508.342789244

_EPSG: Final = re.compile(r"(?:URN:OGC:DEF:CRS:|HTTPS?://WWW\.OPENGIS\.NET/DEF/CRS/)?EPSG[:/](?:[0-9.]*[:/])?([1-9]\d{3,4})")
_CRS84: Final = re.compile(r"(?:URN:OGC:DEF:CRS:|HTTPS?://WWW\.OPENGIS\.NET/DEF/CRS/)?OGC[:/](?:[0-9.]*[:/])?CRS84")
_NAMES: Final = frozenset({"CRS84", "WGS84", "WGS 84", "WGS-84"})
_LOCAL: Final = frozenset({"OPENDSSLOCALBUSCOORDINATES"})
"""Systems that name the drawing of an exporter and no place on earth."""


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system that can be converted: kind `degrees`, `mercator` or `utm` with its zone."""

    kind: str
    zone: int = 0
    south: bool = False


def is_local(urn: str) -> bool:
    """Tell whether a name of a coordinate system is that of a drawing."""
    return urn.strip().upper() in _LOCAL


def system_of(urn: str) -> System | None:
    """Return the system that a name means.

    Args:
        urn: as files write it: `urn:ogc:def:crs:EPSG::4326`, `EPSG:25832`, `CRS84`; upper and lower case are one.

    Returns:
        The system, None for one that is unknown or cannot be converted.
    """
    text = urn.strip().upper()
    if text in _NAMES or _CRS84.fullmatch(text):
        return System("degrees")
    found = _EPSG.fullmatch(text)
    return None if found is None else _by_code(int(found.group(1)))


def _by_code(code: int) -> System | None:
    if code in (4326, 4258):
        return System("degrees")
    if code == 3857:
        return System("mercator")
    hundreds, zone = divmod(code, 100)
    if hundreds in (326, 327) and 1 <= zone <= 60:
        return System("utm", zone, hundreds == 327)
    if hundreds == 258 and 28 <= zone <= 38:
        return System("utm", zone)
    return None


def to_degrees(system: System, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Convert coordinates to WGS 84.

    Args:
        system: the system of the coordinates.
        x: float64[n]; easting in metres, or longitude in degrees: CIM writes x first whatever the order of the EPSG.
        y: float64[n]; northing in metres, or latitude in degrees.

    Returns:
        Longitude and latitude in degrees: float64[n] each, NaN where the numbers lie outside the system.
    """
    if system.kind == "degrees":
        # exactly (0, 0) is what programs write that know no place, and lies in the Gulf of Guinea
        inside = (np.abs(x) <= 180) & (np.abs(y) <= 90) & ((x != 0) | (y != 0))
        longitude, latitude = x, y
    elif system.kind == "mercator":
        inside = (np.abs(x) <= _MERCATOR_SIDE_M) & (np.abs(y) <= _MERCATOR_SIDE_M)
        longitude = np.degrees(np.where(inside, x, 0.0) / _RADIUS_M)
        latitude = np.degrees(np.arctan(np.sinh(np.where(inside, y, 0.0) / _RADIUS_M)))
    else:
        inside = (x >= 0) & (x <= 1_000_000) & (y >= 0) & (y <= _UTM_SOUTH_M)
        longitude, latitude = _from_utm(system, np.where(inside, x, _UTM_EAST_M), np.where(inside, y, 0.0))
    return np.where(inside, longitude, np.nan), np.where(inside, latitude, np.nan)


def _from_utm(system: System, east: Floats, north: Floats) -> tuple[Floats, Floats]:
    """Invert the transverse Mercator projection by Krüger's series to n³, which is good to a millimetre in a zone."""
    n = _FLATTENING / (2 - _FLATTENING)
    meridian = _RADIUS_M / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    beta = (n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96, n**2 / 48 + n**3 / 15, 17 * n**3 / 480)
    delta = (2 * n - 2 * n**2 / 3 - 2 * n**3, 7 * n**2 / 3 - 8 * n**3 / 5, 56 * n**3 / 15)
    xi = (north - (_UTM_SOUTH_M if system.south else 0.0)) / (_UTM_SCALE * meridian)
    eta = (east - _UTM_EAST_M) / (_UTM_SCALE * meridian)
    xi_, eta_ = xi.copy(), eta.copy()
    for j, b in enumerate(beta, 1):
        xi_ -= b * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
        eta_ -= b * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
    chi = np.arcsin(np.sin(xi_) / np.cosh(eta_))
    latitude = chi.copy()
    for j, d in enumerate(delta, 1):
        latitude += d * np.sin(2 * j * chi)
    longitude = 6.0 * system.zone - 183.0 + np.degrees(np.arctan2(np.sinh(eta_), np.cos(xi_)))
    return longitude, np.degrees(latitude)
