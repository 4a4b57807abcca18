"""What every part of a network is written with."""

from __future__ import annotations

from typing import NamedTuple

from cim_models.generate.cim import CimWriter
from cim_models.generate.frame import Frame
from cim_models.generate.layout import Layout
from cim_models.generate.spec import NetworkSpec
from cim_models.generate.truth import TruthWriter


class Plan(NamedTuple):
    """The document and the truth file being written, and the numbers that they are written from."""

    cim: CimWriter
    truth: TruthWriter
    spec: NetworkSpec
    frame: Frame
    layout: Layout
