"""A state machine over random networks: after every step the trace is the full recompute, in the end the oracle."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cim_models import load_text
from cim_models.catalogue import Role
from tests.compare import of_oracle
from tests.oracle import OracleModel
from tests.properties.beside import Beside, asked_of, words_of
from tests.properties.deep_networks import Deep, deep_networks
from tests.properties.networks import Drawn, networks
from topogroup.topology import areas, jit, room
from topogroup.topology.attachment import attachments, der_rows
from topogroup.topology.devices import Device, with_devices
from topogroup.topology.grid import prepare
from topogroup.topology.states import current_state, normal_state

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

ANY = st.integers(0, 10_000)
"""Which pole, switch, line or node; taken modulo how many there are."""

MASKS = st.sampled_from((0, 255, 1, 2, 4, 6))
