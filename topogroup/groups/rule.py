"""Rule groups: from criteria and policies to members."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from topogroup.groups.criteria import CriteriaState, mask
from topogroup.groups.definition import RuleDefinition

_ON_SUPPLY: Final = frozenset({"energisation", "supplied", "normal_energisation", "normal_supplied"})


def rule_members(definition: RuleDefinition, state: CriteriaState) -> npt.NDArray[np.int64]:
    """Return the members of a rule group.

    Args:
        definition: criteria and policies.
        state: the views (current, normal).

    Returns:
        int64[n]; positions of DER, ascending.
    """
    policies = definition.policies
    if policies.state == "normal":
        state = (state[1], state[1])
    view = state[0]
    chosen = mask(definition.criteria, state)
    if policies.without_supply == "leave" and not definition.criteria.attributes & _ON_SUPPLY:
        chosen = chosen & view.supplied
    if policies.partially_energised == "leave":
        energisation = view.words("energisation")
        chosen = chosen & (energisation.code != list(energisation.words).index("partially_energised"))
    return np.flatnonzero(chosen).astype(np.int64, copy=False)
