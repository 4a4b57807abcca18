"""Service transformers with their loads, and the DER of a feeder and of a busbar."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Final

from cim_models.generate.der import Der, add_der
from cim_models.generate.equipment import Home
from cim_models.generate.layout import Spot
from cim_models.generate.plan import Plan
from cim_models.generate.route import Route
from cim_models.generate.single_terminal import add_load
from cim_models.generate.spec import NetworkSpec
from cim_models.generate.substation import Substation, write_bay
from cim_models.generate.transformers import Winding, add_transformer
from cim_models.generate.truth import TruthWriter

_DERS_PER_TRANSFORMER_MAX: Final = 8
_SERVICE_KM: Final = 0.03
# Between the directions of most feeders, radians.
_BUSBAR_DER_ANGLE: Final = 4.0
_THREE_PHASE_VA: Final = 400_000.0
_ONE_PHASE_VA: Final = 50_000.0


def write_services(route: Route, spots: Sequence[Spot], ders: int) -> None:
    """Write what a feeder supplies: service transformers with loads, and DER at low and medium voltage.

    Args:
        route: the feeder being written.
        spots: its medium-voltage nodes, a three-phase one first.
        ders: number of its DER.
    """
    plan, rng, home = route.plan, route.rng, route.home
    low_home = Home(home.container, plan.frame.low)
    medium = min(ders, int(ders * plan.spec.medium_voltage_der_share + rng.random()))
    low = ders - medium
    transformers = max(
        1,
        round(len(spots) * plan.spec.service_transformer_share),
        math.ceil(low / _DERS_PER_TRANSFORMER_MAX),
    )
    written = 0
    for index, spot in enumerate(_places(spots, transformers, rng), 1):
        below = _write_service(route, f"{route.name}-ST{index}", spot)
        while written < low * index // transformers:
            written += 1
            phases = _phases(plan.spec, below, rng)
            der = add_der(plan.cim, f"{route.name}-D{written}", low_home, below, phases, rng)
            _tell(plan.truth, der, home.container, route.substation)
    three_phase = [spot for spot in spots if len(spot.phases) == 3]
    while written < ders:
        written += 1
        spot = three_phase[int(rng.random() * len(three_phase))]
        der = add_der(plan.cim, f"{route.name}-D{written}", home, spot, "ABC", rng)
        _tell(plan.truth, der, home.container, route.substation)


def write_busbar_der(plan: Plan, substation: Substation) -> None:
    """Write a DER with a bay of its own on a busbar, beside those of the feeders.

    Args:
        plan: what the network is written with.
        substation: where it belongs.
    """
    name = f"{substation.name}-BUSBAR-D1"
    rng = random.Random(f"{plan.spec.seed} {name}")
    number = plan.spec.feeders_per_substation
    _, spot = write_bay(plan.cim, substation, number, name, _BUSBAR_DER_ANGLE, substation.medium.container)
    der = add_der(plan.cim, name, substation.medium, spot, "ABC", rng)
    _tell(plan.truth, der, None, substation)


def _places(spots: Sequence[Spot], wanted: int, rng: random.Random) -> Iterator[Spot]:
    """Give the nodes of the transformers: the first, then by chance, each once before any comes again."""
    order = list(spots[1:])
    rng.shuffle(order)
    order.insert(0, spots[0])
    for index in range(wanted):
        yield order[index % len(order)]


def _write_service(route: Route, name: str, spot: Spot) -> Spot:
    """Write a service transformer with a load; gives its low-voltage node."""
    cim, home, rng, low = route.plan.cim, route.home, route.rng, route.plan.frame.low
    place = spot.place.towards(rng.random() * math.tau, _SERVICE_KM)
    below = cim.node(f"{name}-LV", home.container, place, spot.phases)
    if len(spot.phases) == 1:
        connections, rated_va = ("I", "I"), _ONE_PHASE_VA
    else:
        connections, rated_va = ("D", "Yn"), _THREE_PHASE_VA
    windings = (Winding(spot, home.voltage, connections[0]), Winding(below, low, connections[1]))
    cim.count("service_transformers")
    add_transformer(cim, name, home.container, windings, rated_va)
    power_w = int(rated_va * (0.1 + 0.4 * rng.random()))
    add_load(cim, f"{name}-LOAD", Home(home.container, low), below, cim.ids(f"{name}.L"), power_w)
    return below


def _phases(spec: NetworkSpec, spot: Spot, rng: random.Random) -> str:
    if len(spot.phases) == 1 or rng.random() < spec.three_phase_der_share:
        return spot.phases
    return "ABC"[int(rng.random() * 3)]


def _tell(truth: TruthWriter, der: Der, feeder: str | None, substation: Substation) -> None:
    truth.der(
        der.mrid,
        name=der.name,
        kind=der.kind,
        phases=der.phases,
        feeder=feeder,
        substation=substation.mrid,
        transformers=substation.transformers,
    )
