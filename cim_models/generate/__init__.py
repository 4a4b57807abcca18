"""Synthetic distribution networks of any size in CIM100, each with a truth file.

`generate` writes substations, busbars, feeders, laterals, normally open ties, service transformers, loads and
DER of several kinds, all from a seed: for demonstrations, tests and measurements where no real network may be
shown. It is no study of a real grid, and its impedances are not meant for a power flow.
"""

from __future__ import annotations

from cim_models.generate.network import Generated, generate
from cim_models.generate.spec import NetworkSpec

__all__ = ["Generated", "NetworkSpec", "generate"]
