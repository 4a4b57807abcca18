"""What questions about places ask of DER: who is near something, who hangs behind it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from api.parts import model_of
from cim_models.errors import OptionError
from topogroup.engine.view import View
from topogroup.topology.questions.known_state import DerPhases, KnownState, carrier
from topogroup.topology.questions.paths import fed_through
from topogroup.topology.questions.reach import downstream

Bools = npt.NDArray[np.bool_]

_DIGITS_MAX = 6


def known_of(view: View) -> KnownState:
    """Return the current state of a view that has a model, as questions are asked of it."""
    assert view.known is not None
    return view.known


def behind(view: View, text: str) -> Bools:
    """Return which DER have supply with some equipment closed and none with it open: bool[n_ders].

    Raises:
        IdError: the text names nothing, or several things.
        OptionError: it names something that carries no supply.
    """
    known = known_of(view)
    return _mask(downstream(known, carrier(known.grid, model_of(view).equipment, text)))


def fed(view: View, text: str) -> Bools:
    """Return which DER have some equipment on their supply; as `behind`."""
    known = known_of(view)
    return _mask(fed_through(known, carrier(known.grid, model_of(view).equipment, text)))


def beside(view: View, text: str) -> Bools:
    """Return which DER lie in a section with some equipment or DER: bool[n_ders].

    Raises:
        IdError: the text names nothing, or several things.
    """
    model = model_of(view)
    return _mask(model.nearness.same_section([model.equipment.one(text)]))


def near(view: View, text: str) -> Bools:
    """Return which DER lie within so many switches of some equipment or DER: bool[n_ders].

    Args:
        view: a view with a model.
        text: mRID or unique name, a colon, the number of switches.

    Raises:
        IdError: it names nothing, or several things.
        OptionError: it does not end with a number.
    """
    model = model_of(view)
    place, colon, number = text.rpartition(":")
    if not (colon and place and number.isascii() and number.isdecimal() and len(number) <= _DIGITS_MAX):
        message = f"within_switches is a DER, a colon and a number of switches, such as PV1:2, not {text[:60]!r}."
        raise OptionError("bad_within_switches", message, "within_switches")
    return _mask(model.nearness.within_switches([model.equipment.one(place)], int(number)))


def _mask(found: DerPhases) -> Bools:
    result = np.zeros(found.network.der.equipment.size, np.bool_)
    result[found.der] = True
    return result
