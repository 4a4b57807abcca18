"""Permanent keys: the number of a piece of equipment that outlives model versions and is never used again.

Logs and journals hold keys; arrays hold positions, which change with every version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.network import Network

NOBODY: Final[Mapping[str, int]] = MappingProxyType({})


def carried(
    network: Network, previous: Network, next_key: int, gone: Mapping[str, int] = NOBODY
) -> tuple[Network, int]:
    """Give a new model version the keys of the version before.

    Args:
        network: the new version; it is not changed.
        previous: the version before, with its keys.
        next_key: the lowest key that was never given, also not to equipment that is gone by now.
        gone: keys by mRID of equipment that is not in the version before and may come back.

    Returns:
        The new version with keys by mRID, new equipment numbered from `next_key` upwards in order of mRID; and the
        lowest key that is free afterwards.
    """
    known = {**gone, **dict(zip(previous.equipment.id, previous.equipment.key.tolist(), strict=True))}
    keys = np.array([known.get(mrid, -1) for mrid in network.equipment.id], np.int64)
    fresh = np.flatnonzero(keys < 0)
    keys[fresh] = np.arange(next_key, next_key + fresh.size)
    return replace(network, equipment=replace(network.equipment, key=keys)), next_key + int(fresh.size)


def positions(network: Network, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where the equipment with some keys stands.

    Args:
        network: the network.
        keys: int64[n].

    Returns:
        int64[n]; rows of the equipment table, -1 = not in this version.
    """
    order = np.argsort(network.equipment.key)
    own = network.equipment.key[order]
    at = np.minimum(np.searchsorted(own, keys), max(own.size - 1, 0))
    found = own[at] == keys if own.size else np.zeros(keys.size, np.bool_)
    return np.where(found, order[at] if own.size else -1, -1).astype(np.int64)
