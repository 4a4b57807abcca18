"""The nameplates of DER in words: of one DER for programs, of all DER of a kind for people."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cim_models import catalogue
from cim_models import phase_codes as codes
from cim_models.network import ABNORMAL_CATEGORIES, NORMAL_CATEGORIES, DerTable, Network
from topogroup.topology.structure.grid import node_voltages

NUMBERS: Final = (
    "p_max_w",
    "p_min_w",
    "s_rated_va",
    "q_max_var",
    "q_min_var",
    "energy_rated_wh",
    "energy_stored_wh",
    "ramp_up_w_per_s",
    "ramp_down_w_per_s",
    "p_given_w",
    "q_given_var",
)
"""Numbers of a nameplate, as columns of `DerTable` call them."""

_PREFIXES: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def der_voltages(network: Network) -> npt.NDArray[np.float32]:
    """Return the base voltage of each DER in volts, else that of its node: float32[n_ders], NaN = unknown."""
    der = network.der
    own = network.equipment.voltage_v[der.equipment]
    asked = np.flatnonzero(np.isnan(own) & (der.terminal >= 0))
    if not asked.size:
        return own
    result = own.copy()
    result[asked] = node_voltages(network)[network.terminal.node[der.terminal[asked]]]
    return result


def nameplate(network: Network, at: int, voltage_v: np.float32) -> dict[str, Any]:
    """Return what is known of a DER apart from where it hangs.

    Args:
        network: the network.
        at: position in its table of DER.
        voltage_v: its voltage, of `der_voltages`.

    Returns:
        Kind, phases as the model says them (empty = those of its node), voltage, and the numbers and categories of its
        nameplate; None = not said.
    """
    der = network.der
    place = _place(network, int(der.equipment[at]))
    return {
        "kind": catalogue.KINDS[int(der.kind[at])],
        "phases": codes.code_of(int(der.phases[at])),
        "voltage_v": _number(voltage_v),
        **{name: _number(getattr(der, name)[at]) for name in NUMBERS},
        "category_normal": NORMAL_CATEGORIES[int(der.category_normal[at])] or None,
        "category_abnormal": ABNORMAL_CATEGORIES[int(der.category_abnormal[at])] or None,
        "location": place,
    }


def summary(network: Network) -> list[dict[str, str]]:
    """Return for each kind of DER its number and its powers in words, with how many of them say it."""
    der = network.der
    found = []
    for kind in np.unique(der.kind).tolist():
        own = der.kind == kind
        low, high = _sum(der.q_min_var[own], "var"), _sum(der.q_max_var[own], "var")
        rated = [name for name in ("category_normal", "category_abnormal") if getattr(der, name)[own].any()]
        found.append(
            {
                "kind": catalogue.KINDS[kind],
                "number": str(int(own.sum())),
                "rated": _sum(der.p_max_w[own], "W"),
                "apparent": _sum(der.s_rated_va[own], "VA"),
                "reactive": low if low == high == "–" else f"{low} to {high}",
                "storage": _sum(der.energy_rated_wh[own], "Wh"),
                "categories": _categories(der, own) if rated else "–",
            }
        )
    return found


def _place(network: Network, e: int) -> list[float] | None:
    """Return longitude and latitude of a piece of equipment: the middle of its points, None = no place on earth."""
    table = network.position
    row = int(np.searchsorted(table.equipment, e))
    if row == table.equipment.size or table.equipment[row] != e or not table.wgs84[row]:
        return None
    span = slice(int(table.start[row]), int(table.start[row + 1]))
    x, y = table.x[span], table.y[span]
    known = ~np.isnan(x)
    return [round(float(x[known].mean()), 7), round(float(y[known].mean()), 7)] if known.any() else None


def _number(value: np.float32) -> float | None:
    """Return a number as programs get it: the shortest that is the same 32-bit float."""
    return None if np.isnan(value) else float(str(value))


def _sum(values: npt.NDArray[np.float32], unit: str) -> str:
    known = values[~np.isnan(values)].astype(np.float64)
    if not known.size:
        return "–"
    total = float(known.sum())
    size, prefix = next((one for one in _PREFIXES if abs(total) >= one[0]), _PREFIXES[-1])
    said = "" if known.size == values.size else f" (of {known.size})"
    return f"{total / size:.4g} {prefix}{unit}{said}"


def _categories(der: DerTable, own: npt.NDArray[np.bool_]) -> str:
    words = []
    for names, column in ((NORMAL_CATEGORIES, der.category_normal), (ABNORMAL_CATEGORIES, der.category_abnormal)):
        codes_, numbers = np.unique(column[own], return_counts=True)
        words += [f"{n} {names[code]}" for code, n in zip(codes_.tolist(), numbers.tolist(), strict=True) if code]
    return ", ".join(words)
