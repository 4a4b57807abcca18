"""Policies of a rule group: what is to be done with DER that its criteria alone do not settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from cim_models.errors import OptionError

_WORDS: Final = {
    "state": ("current", "normal"),
    "without_supply": ("leave", "stay"),
    "partially_energised": ("stay", "leave"),
}
"""The choices of each policy, the default first."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What a rule group follows (DESIGN section 5).

    Attributes:
        state: the state of the network that the criteria are about: current or normal.
        without_supply: DER that are islanded, unsupplied or unattached leave, or stay; criteria that name
            `energisation` or `supplied` settle it themselves.
        partially_energised: DER with a dead phase stay, or leave.
    """

    state: str = "current"
    without_supply: str = "leave"
    partially_energised: str = "stay"

    def as_dict(self) -> dict[str, str]:
        """Return the policies as clients write them."""
        return {one.name: str(getattr(self, one.name)) for one in fields(self)}


def policies_from(said: Mapping[str, str]) -> Policies:
    """Read policies.

    Args:
        said: what a client wrote; what is left out has its default.

    Raises:
        OptionError: a policy or its value is unknown.
    """
    for name, value in said.items():
        choices = _WORDS.get(name)
        if choices is None:
            message = f"There is no policy {name[:40]!r}; there are {', '.join(_WORDS)}."
            raise OptionError("unknown_policy", message, name[:40])
        if value not in choices:
            message = f"The policy {name} is {' or '.join(choices)}, not {value[:40]!r}."
            raise OptionError("bad_policy", message, name)
    return Policies(**said)
