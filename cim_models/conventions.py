"""Conventions that files leave open and a user may settle: sign and unit of power, system of local coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from cim_models.errors import OptionError

P_SIGNS: Final = ("load", "generation")
"""load: positive p flows out of the node into the equipment (IEC 61970-301); generation: positive p is given."""

POWER_UNITS: Final = ("W", "MW")
"""W, VA, var, Wh or MW, MVA, Mvar, MWh."""

BROKEN_STATES: Final = ("refuse", "unknown")
"""refuse: an ill-formed state file (SSH, SV) stops the load; unknown: it is read as far as it goes, and switches whose
present state no file gives are held for unknown."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a user says of the files of a model; None = what the files say, else what they look like, with a finding.

    Attributes:
        p_sign: one of `P_SIGNS`, for the operating values p and q of what generates.
        power_unit: one of `POWER_UNITS`.
        local_crs: coordinate system of positions whose own is that of a drawing, not said or not known, such as
            `EPSG:4326`.
        broken_states: one of `BROKEN_STATES`; None = refuse.
    """

    p_sign: str | None = None
    power_unit: str | None = None
    local_crs: str | None = None
    broken_states: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is none of the choices.

        Raises:
            OptionError: a value is none of them.
        """
        for name, value, choices in (
            ("p_sign", self.p_sign, P_SIGNS),
            ("power_unit", self.power_unit, POWER_UNITS),
            ("broken_states", self.broken_states, BROKEN_STATES),
        ):
            if value is not None and value not in choices:
                message = f"{name} is {' or '.join(choices)}, not {value[:40]!r}."
                raise OptionError("bad_convention", message, name)
        if self.local_crs is not None:
            from cim_models.coordinates import SUPPORTED, system_of

            if system_of(self.local_crs) is None:
                message = f"local_crs is a system that can be converted ({SUPPORTED}), not {self.local_crs[:60]!r}."
                raise OptionError("bad_convention", message, "local_crs")

    def as_dict(self) -> dict[str, str]:
        """Return what is said, without what is not."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Conventions:
        """Return the conventions that `as_dict` wrote."""
        return cls(**said)


OPEN: Final = Conventions()
"""Nothing is said: the files decide."""
