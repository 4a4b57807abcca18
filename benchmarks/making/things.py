"""What a made network consists of: columns of equipment, block after block, before anything has its final place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes
from cim_models.catalogue import CLASS_CODE, ROLES

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.integer]

COLUMNS: Final = (
    ("class_code", np.uint8),
    ("role", np.uint8),
    ("node1", np.int32),
    ("node2", np.int32),
    ("phases", np.uint8),
    ("container", np.int32),
    ("voltage_v", np.float32),
    ("lower_v", np.float32),
    ("normal_open", np.bool_),
    ("by_phase", np.bool_),
    ("needs_all", np.bool_),
    ("tag", np.uint8),
)

TAGS: Final = (
    "",
    "section",
    "tie",
    "feeder_head",
    "transformer",
    "coupler",
    "subtransmission",
    "subtransmission_head",
    "lv_head",
    "closing",
    "der",
)
"""What a switch is for, as benchmarks choose switches; `closing` closes a ring or a mesh."""


@dataclass(slots=True)
class Things:
    """Equipment in the order in which it was added; nodes are natural numbers of nodes.

    Attributes:
        size: how many there are.
        blocks: by column, what was added.
    """

    size: int = 0
    blocks: dict[str, list[npt.NDArray[Any]]] = field(default_factory=lambda: {name: [] for name, _ in COLUMNS})

    def add(
        self,
        class_name: str,
        node1: Whole,
        node2: Whole | None = None,
        *,
        phases: Whole | int = phase_codes.ABC,
        container: Whole | int = -1,
        voltage_v: float = np.nan,
        lower_v: float = np.nan,
        normal_open: npt.NDArray[np.bool_] | bool = False,
        by_phase: npt.NDArray[np.bool_] | bool = False,
        needs_all: npt.NDArray[np.bool_] | bool = False,
        tag: str = "",
    ) -> I64:
        """Add pieces of equipment of one class.

        Args:
            class_name: a class of the catalogue.
            node1: int[n]; where each stands, or begins.
            node2: int[n]; where each ends, None for equipment with one terminal.
            phases: mask of each.
            container: position of the container of each, -1 = none.
            voltage_v: volts; of transformers those of the upper end.
            lower_v: volts of the lower end of transformers.
            normal_open: of switches.
            by_phase: a switch with one pole per phase.
            needs_all: a transformer whose upper end needs all its phases.
            tag: one of `TAGS`.

        Returns:
            Their numbers in the order of adding.
        """
        given = {
            "class_code": CLASS_CODE[class_name],
            "role": int(ROLES[class_name]),
            "node1": node1,
            "node2": -1 if node2 is None else node2,
            "phases": phases,
            "container": container,
            "voltage_v": voltage_v,
            "lower_v": lower_v,
            "normal_open": normal_open,
            "by_phase": by_phase,
            "needs_all": needs_all,
            "tag": TAGS.index(tag),
        }
        for name, kind in COLUMNS:
            self.blocks[name].append(np.broadcast_to(np.asarray(given[name], kind), node1.shape))
        self.size += node1.size
        return np.arange(self.size - node1.size, self.size)

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one column of all equipment."""
        return np.concatenate(self.blocks[name])
