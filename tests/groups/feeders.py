"""A small network told in plain words, for tests that state the whole answer.

S1 ─ F1 ─ d1 (pv), d2 (battery)      F1 and F2 have a tie; d4 hangs on the busbar of S1
S1 ─ F2 ─ d3 (pv)
S2 ─ F3                              a feeder without DER
"""

from __future__ import annotations

from copy import deepcopy

from tests.groups.plain import Place, PlainState

SUBSTATION_OF = {"F1": "S1", "F2": "S1", "F3": "S2"}


def on(*feeders: str, supplied: bool = True) -> Place:
    """Return the place of a DER on feeders, or on the busbar of S1 where none is given."""
    substations = {SUBSTATION_OF[feeder] for feeder in feeders} or {"S1"}
    return Place(supplied, {"feeder": set(feeders), "substation": substations if supplied else set()})


def lost() -> Place:
    """Return the place of a DER without supply."""
    return Place(False, {})


def normal_state() -> PlainState:
    """Return the network as drawn."""
    places = {"d1": on("F1"), "d2": on("F1"), "d3": on("F2"), "d4": on()}
    kinds = {"d1": "pv", "d2": "battery", "d3": "pv", "d4": "pv"}
    objects = {"feeder": {"F1", "F2", "F3"}, "substation": {"S1", "S2"}}
    return PlainState(kinds, objects, places, deepcopy(places))


def switched(**places: Place) -> PlainState:
    """Return the network with some DER elsewhere at present."""
    state = normal_state()
    state.current.update(places)
    return state
