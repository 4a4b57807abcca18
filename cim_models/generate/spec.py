"""What to generate: the numbers of a synthetic network, and the bounds they must keep.

The bounds refuse nonsense before a byte is written. They lie far above any real utility: whoever meets one
has mistyped a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from cim_models import limits
from cim_models.errors import OptionError

# What the program calls the four numbers that have an option of the command line.
_OPTIONS: Final = {
    "substations": "--substations",
    "feeders_per_substation": "--feeders",
    "ders": "--ders",
    "seed": "--seed",
}
_SHARES: Final = (
    "lateral_share",
    "single_phase_lateral_share",
    "fused_lateral_share",
    "service_transformer_share",
    "three_phase_der_share",
    "medium_voltage_der_share",
    "busbar_der_share",
    "second_transformer_share",
    "shared_source_share",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """The numbers of a synthetic network; the same spec always gives the same bytes.

    Args:
        substations: number of primary substations.
        feeders_per_substation: number of medium-voltage feeders of each substation.
        ders: number of DER of the whole network, spread unevenly over the feeders.
        seed: what all identifiers and all chance come from.
        sections_per_feeder: parts of a trunk, a load-break switch between each two.
        lines_per_section: line segments of a section, trunk and laterals together.
        lateral_share: share of a section's lines that lie in laterals, 0 to 1.
        single_phase_lateral_share: share of the laterals that have one phase, 0 to 1.
        fused_lateral_share: share of the laterals that begin with a fuse, 0 to 1.
        service_transformer_share: service transformers per line, 0 to 1; a feeder has at least one, and more
            where it has many DER.
        three_phase_der_share: share of three-phase DER among those where all phases are at hand, 0 to 1.
        medium_voltage_der_share: share of a feeder's DER that hang on its medium-voltage lines, 0 to 1.
        busbar_der_share: share of the substations with one DER on the busbar, 0 to 1.
        second_transformer_share: share of the substations with two parallel transformers, 0 to 1.
        shared_source_share: share of the substations (never the first) that have no grid source of their
            own and are fed over a high-voltage line from the substation before, 0 to 1.
        ties_between_feeders: normally open ties of each two neighbouring feeders of a substation.
        ties_between_substations: normally open ties of each two neighbouring substations.
        high_voltage_v: nominal voltage of the grid side, volts.
        medium_voltage_v: nominal voltage of busbars and feeders, volts.
        low_voltage_v: nominal voltage behind the service transformers, volts.

    Raises:
        OptionError: a number is out of bounds; the message names the option.
    """

    substations: int = 2
    feeders_per_substation: int = 3
    ders: int = 60
    seed: int = 1
    sections_per_feeder: int = 2
    lines_per_section: int = 10
    lateral_share: float = 0.5
    single_phase_lateral_share: float = 0.4
    fused_lateral_share: float = 0.5
    service_transformer_share: float = 0.25
    three_phase_der_share: float = 0.5
    medium_voltage_der_share: float = 0.1
    busbar_der_share: float = 0.5
    second_transformer_share: float = 0.5
    shared_source_share: float = 0.0
    ties_between_feeders: int = 1
    ties_between_substations: int = 2
    high_voltage_v: float = 110_000.0
    medium_voltage_v: float = 20_000.0
    low_voltage_v: float = 400.0

    def __post_init__(self) -> None:
        """Refuse numbers that make no network.

        Raises:
            OptionError: a number is out of bounds.
        """
        self._within("substations", 1, limits.GENERATED_SUBSTATIONS_MAX)
        self._within("feeders_per_substation", 1, limits.GENERATED_FEEDERS_PER_SUBSTATION_MAX)
        self._within("ders", 0, min(limits.GENERATED_DERS_MAX, limits.GENERATED_DERS_PER_FEEDER_MAX * self.feeders))
        self._within("seed", 0, limits.SEED_MAX)
        self._within("sections_per_feeder", 1, limits.GENERATED_LINES_PER_FEEDER_MAX)
        self._within("lines_per_section", 1, limits.GENERATED_LINES_PER_FEEDER_MAX // self.sections_per_feeder)
        lines = self.feeders * self.sections_per_feeder * self.lines_per_section
        most = limits.GENERATED_LINES_MAX
        if lines > most:
            message = f"--substations and --feeders ask for {lines} lines, and {most} is the most."
            raise OptionError("out_of_range", message, "--substations")
        for name in _SHARES:
            self._within(name, 0, 1)
        self._within("ties_between_feeders", 0, self.sections_per_feeder)
        self._within("ties_between_substations", 0, self.feeders_per_substation)
        self._within("low_voltage_v", 100, 999)
        self._within("medium_voltage_v", 1_000, 36_000)
        self._within("high_voltage_v", 36_001, 1_500_000)

    @property
    def feeders(self) -> int:
        """Number of feeders of the whole network."""
        return self.substations * self.feeders_per_substation

    def _within(self, name: str, least: float, most: float) -> None:
        value: float = getattr(self, name)
        # NaN compares false with everything, so the test asks for what is right.
        if not (math.isfinite(value) and least <= value <= most):
            option = _OPTIONS.get(name, name)
            raise OptionError(
                "out_of_range", f"{option} must be between {least} and {most}, not {value}.", option
            )
