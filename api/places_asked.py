"""What questions about places ask of DER: who is near something, who hangs behind it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from api.parts import model_of
from cim_models.errors import OptionError
from topogroup.engine.view import View
from topogroup.topology.questions import behind as places
from topogroup.topology.questions.known_state import KnownState

Bools = npt.NDArray[np.bool_]

_DIGITS_MAX = 6


def known_of(view: View) -> KnownState:
    """Return the current state of a view that has a model, as questions are asked of it."""
    assert view.known is not None
    return view.known


def behind(view: View, text: str) -> Bools:
    """Return which DER have supply with some equipment closed and none with it open; errors as of `behind.behind`."""
    return places.behind(known_of(view), model_of(view).equipment, "downstream", text)


def fed(view: View, text: str) -> Bools:
    """Return which DER have some equipment on their supply; as `behind`."""
    return places.behind(known_of(view), model_of(view).equipment, "fed_through", text)


def beside(view: View, text: str) -> Bools:
    """Return which DER lie in a section with some equipment or DER: bool[n_ders].

    Raises:
        IdError: the text names nothing, or several things.
    """
    model = model_of(view)
    return model.nearness.same_section([model.equipment.one(text)]).mask


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
    return model.nearness.within_switches([model.equipment.one(place)], int(number)).mask
