"""The network as GeoJSON (RFC 7946): a feature for each piece of equipment that has a place on earth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cim_models import catalogue
from cim_models.network import Network

_DIGITS = 7
"""Of degrees: a centimetre."""


def to_geojson(network: Network) -> dict[str, Any]:
    """Return the network as a FeatureCollection.

    Args:
        network: the network.

    Returns:
        Points and LineStrings in WGS 84, longitude first, ascending by mRID; `id` is the mRID, properties are name,
        class and, of a switch, normal_open (on all its phases). Equipment without a place on earth is left out.
    """
    return {"type": "FeatureCollection", "features": list(features(network))}


def features(network: Network) -> Iterator[dict[str, Any]]:
    """Yield the features of `to_geojson` one by one."""
    opened = np.zeros(len(network.equipment.id), np.int8)
    opened[network.pole.equipment] = 2
    opened[network.pole.equipment[~network.pole.normal_open]] = 1
    place = network.position
    for row, equipment in enumerate(place.equipment.tolist()):
        points = slice(int(place.start[row]), int(place.start[row + 1]))
        pairs = [
            [round(x, _DIGITS), round(y, _DIGITS)]
            for x, y in zip(place.x[points].tolist(), place.y[points].tolist(), strict=True)
            if np.isfinite(x) and np.isfinite(y)
        ]
        if not pairs or not place.wgs84[row]:
            continue
        properties: dict[str, Any] = {
            "name": network.equipment.name[equipment],
            "class": catalogue.CLASSES[int(network.equipment.class_code[equipment])],
        }
        if opened[equipment]:
            properties["normal_open"] = bool(opened[equipment] == 2)
        line = len(pairs) > 1
        geometry = {"type": "LineString" if line else "Point", "coordinates": pairs if line else pairs[0]}
        mrid = network.equipment.id[equipment]
        yield {"type": "Feature", "id": mrid, "geometry": geometry, "properties": properties}
