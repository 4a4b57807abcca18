"""What the parts of one feeder share while it is written."""

from __future__ import annotations

import random
from typing import NamedTuple

from cim_models.generate.equipment import Home
from cim_models.generate.plan import Plan
from cim_models.generate.substation import Substation


class Route(NamedTuple):
    """A feeder being written: where it begins, its container, name, direction (radians) and chance."""

    plan: Plan
    substation: Substation
    home: Home
    name: str
    angle: float
    rng: random.Random
