"""The attributes of DER that criteria may name, and what the masks are computed from.

An attribute is of the current state; those that a state decides exist a second time for the normal state, with
the prefix `normal_`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes
from cim_models.catalogue import KINDS
from cim_models.errors import OptionError
from cim_models.network import ABNORMAL_CATEGORIES, NORMAL_CATEGORIES
from topogroup.groups.criteria.scan import legible
from topogroup.groups.view import AttachmentView
from topogroup.topology.arrays.words import Words
from topogroup.topology.supplying.attachment import Energisation

NORMAL_PREFIX: Final = "normal_"


class CriteriaView(AttachmentView, Protocol):
    """One state of all DER, as criteria see it."""

    def words(self, attribute: str) -> Words:
        """Return an attribute that is one text for each DER, empty where it is not known."""

    def flags(self, attribute: str) -> npt.NDArray[np.bool_]:
        """Return an attribute that is true or false for each DER: bool[n_ders]."""

    def numbers(self, attribute: str) -> npt.NDArray[np.float32]:
        """Return an attribute that is one number for each DER, NaN where it is not known: float32[n_ders]."""

    def behind(self, relation: str, place: str) -> npt.NDArray[np.bool_]:
        """Return which DER hang behind a place; nobody does behind one that the model does not have.

        Args:
            relation: one of `tree.RELATIONS`.
            place: equipment or a feeder, as a user calls it.
        """

    def kept(self, question: Hashable, answer: Callable[[], npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
        """Return the answer to a question about the texts or items of the model, which no switch changes.

        Args:
            question: what is asked.
            answer: finds the answer; called the first time.
        """


CriteriaState = tuple[CriteriaView, CriteriaView]
"""A network state as two views, (current, normal), with the same DER and item tables in the same order."""


class Type(Enum):
    """What the values of an attribute are; the value is the word for people."""

    TEXT = "a text"
    FLAG = "true or false"
    NUMBER = "a number"
    ITEMS = "a list"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a DER.

    Attributes:
        name: as criteria write it, with its prefix.
        type: what its values are.
        meaning: what it is, in a few words; the documentation says the same.
        words: its values where they are a closed list, else empty.
        is_id: an mRID, matched in any spelling.
        by_state: the state of the network decides it.
        normal: it is that of the normal state.
    """

    name: str
    type: Type
    meaning: str
    words: tuple[str, ...] = ()
    is_id: bool = False
    by_state: bool = False
    normal: bool = False

    @property
    def source(self) -> str:
        """Return the name without prefix, as views know it."""
        return self.name.removeprefix(NORMAL_PREFIX) if self.normal else self.name


ENERGISATIONS: Final = tuple(one.name.lower() for one in Energisation)
_PHASES: Final = tuple(phase_codes.code_of(mask) for mask in range(1, phase_codes.ALL + 1))

_OF_THE_DER: Final = (
    Attribute("mrid", Type.TEXT, "its mRID, in any spelling", is_id=True),
    Attribute("name", Type.TEXT, "its name"),
    Attribute("kind", Type.TEXT, "its kind", KINDS),
    Attribute("phases", Type.TEXT, "its phases as a CIM PhaseCode, without N", _PHASES),
    Attribute("voltage_v", Type.NUMBER, "its base voltage, in volts"),
    Attribute("p_max_w", Type.NUMBER, "the active power it can give at most, in watts"),
    Attribute("p_min_w", Type.NUMBER, "the active power it gives at least, in watts; below 0 it can take power"),
    Attribute("s_rated_va", Type.NUMBER, "its rated apparent power, in volt-amperes"),
    Attribute("q_max_var", Type.NUMBER, "the reactive power it can give at most, in vars"),
    Attribute("q_min_var", Type.NUMBER, "the reactive power it gives at least, in vars; below 0 it can take some"),
    Attribute("energy_rated_wh", Type.NUMBER, "the energy that its storage holds when full, in watt-hours"),
    Attribute("energy_stored_wh", Type.NUMBER, "the energy in its storage by the model, in watt-hours"),
    Attribute("ramp_up_w_per_s", Type.NUMBER, "how fast it can give more, in watts per second"),
    Attribute("ramp_down_w_per_s", Type.NUMBER, "how fast it can give less, in watts per second"),
    Attribute("category_normal", Type.TEXT, "its normal category of IEEE 1547", NORMAL_CATEGORIES[1:]),
    Attribute("category_abnormal", Type.TEXT, "its abnormal category of IEEE 1547", ABNORMAL_CATEGORIES[1:]),
    Attribute("unit_kind", Type.ITEMS, "the kinds of its units", KINDS),
    Attribute("end_device", Type.ITEMS, "its EndDevices"),
)

_BY_STATE: Final = (
    Attribute("energisation", Type.TEXT, "how it is energised", ENERGISATIONS),
    Attribute("supplied", Type.FLAG, "energised or partially energised"),
    Attribute("paralleled", Type.FLAG, "several feeders or substations supply it at once"),
    Attribute("back_fed", Type.FLAG, "supplied against the usual direction"),
    Attribute("in_service", Type.FLAG, "in service"),
    Attribute("uncertain", Type.FLAG, "the state of a switch on its supply is in doubt"),
    Attribute("substation", Type.ITEMS, "the substations that supply it"),
    Attribute("transformer", Type.ITEMS, "the substation transformers that supply it"),
    Attribute("feeder", Type.ITEMS, "the medium-voltage feeders that supply it"),
    Attribute("lv_feeder", Type.ITEMS, "the low-voltage feeders that supply it"),
    Attribute("subtransmission_feeder", Type.ITEMS, "the subtransmission feeders that supply it"),
    Attribute("service_transformer", Type.ITEMS, "the service transformers that supply it"),
    Attribute("section", Type.ITEMS, "the section between switches in which it lies"),
)


def _table() -> Mapping[str, Attribute]:
    current = [replace(one, by_state=True) for one in _BY_STATE]
    normal = [replace(one, name=NORMAL_PREFIX + one.name, normal=True) for one in current]
    return {one.name: one for one in (*_OF_THE_DER, *current, *normal)}


ATTRIBUTES: Final = _table()
"""All attributes by name."""


def attribute(name: str) -> Attribute:
    """Return an attribute.

    Args:
        name: as criteria write it.

    Returns:
        The attribute.

    Raises:
        OptionError: there is none of that name.
    """
    found = ATTRIBUTES.get(name)
    if found is None:
        allowed: Sequence[str] = [one for one in ATTRIBUTES if not one.startswith(NORMAL_PREFIX)]
        also = ", ".join(one.name for one in _BY_STATE)
        message = (
            f"DER have no attribute '{legible(name)}'; allowed are: {', '.join(allowed)}; "
            f"and with the prefix {NORMAL_PREFIX}: {also}."
        )
        raise OptionError("unknown_attribute", message, legible(name))
    return found
