"""Difference models (IEC 61970-552): what turns one version of a network into the next: read, applied, made."""

from cim_models.difference.applying import applied as applied
from cim_models.difference.making import difference_between as difference_between
from cim_models.difference.model import Difference as Difference
from cim_models.difference.reading import read_difference as read_difference
from cim_models.difference.states import state_changes as state_changes
from cim_models.difference.states import switch_states as switch_states
from cim_models.difference.writing import write_difference as write_difference

__all__ = [
    "Difference",
    "applied",
    "difference_between",
    "read_difference",
    "state_changes",
    "switch_states",
    "write_difference",
]
