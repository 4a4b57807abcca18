"""Writing a whole network, substation by substation and feeder by feeder, in flat memory."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from cim_models.errors import FileError
from cim_models.generate.cim import CimWriter
from cim_models.generate.feeder import Feeder, write_feeder
from cim_models.generate.frame import write_frame
from cim_models.generate.ids import Identifiers
from cim_models.generate.layout import chosen, layout_of
from cim_models.generate.output import truth_path, written_whole
from cim_models.generate.plan import Plan
from cim_models.generate.services import write_busbar_der
from cim_models.generate.spec import NetworkSpec
from cim_models.generate.substation import Substation, write_substation
from cim_models.generate.ties import write_ties_between, write_ties_within
from cim_models.generate.truth import TruthWriter

# How far the number of DER before a feeder strays from an even spread, in feeders; under a half, so that it
# never falls from one feeder to the next.
_UNEVENNESS: Final = 0.4


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written.

    Args:
        path: the network file.
        truth: the truth file beside it.
        counts: objects of the network by sort, and the bytes of the XML.
    """

    path: Path
    truth: Path
    counts: dict[str, int]


def generate(out: Path, spec: NetworkSpec, progress: Callable[[int, int], None] | None = None) -> Generated:
    """Write a synthetic network and its truth file; the same spec always gives the same bytes.

    Args:
        out: the network file, compressed if its name ends in `.gz`; it appears only when it is complete.
        spec: the numbers of the network.
        progress: called after each feeder with the number of feeders done and their total.

    Returns:
        The paths and the counts.

    Raises:
        FileError: `out` is a folder, or its folder is missing or cannot be written.
    """
    if out.is_dir():
        raise FileError("is_a_folder", f"{out} is a folder; name the file to write.", str(out))
    truth_file = truth_path(out)
    try:
        with written_whole(out) as stream, written_whole(truth_file) as truth_stream:
            cim = CimWriter(stream, Identifiers(spec.seed), _comment(spec))
            truth = TruthWriter(truth_stream, spec)
            plan = Plan(cim, truth, spec, write_frame(cim, spec), layout_of(spec))
            _write_network(plan, progress)
            cim.close()
            truth.close(cim.counts)
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror or error}."
        raise FileError("cannot_write", message, str(out)) from error
    return Generated(out, truth_file, cim.counts)


def _comment(spec: NetworkSpec) -> str:
    return (
        f"A synthetic network, made by topogroup generate from {spec.substations} substations, "
        f"{spec.feeders} feeders, {spec.ders} DER, seed {spec.seed}"
    )


def _write_network(plan: Plan, progress: Callable[[int, int], None] | None) -> None:
    before: tuple[Substation, list[Feeder]] | None = None
    for index in range(plan.spec.substations):
        substation = write_substation(plan, index, before[0] if before is not None else None)
        feeders = _write_feeders(plan, substation, index, progress)
        write_ties_within(plan, substation.name, feeders)
        if before is not None:
            write_ties_between(plan, (before[0], substation), (before[1], feeders))
        before = (substation, feeders)


def _write_feeders(
    plan: Plan, substation: Substation, index: int, progress: Callable[[int, int], None] | None
) -> list[Feeder]:
    """Write the feeders of a substation, and the DER on its busbar, which the largest feeder gives up."""
    spec = plan.spec
    first = index * spec.feeders_per_substation
    marks = [_ders_before(spec, first + number) for number in range(spec.feeders_per_substation + 1)]
    ders = [end - start for start, end in pairwise(marks)]
    if max(ders) > 0 and chosen(index, spec.busbar_der_share):
        ders[ders.index(max(ders))] -= 1
        write_busbar_der(plan, substation)
    feeders = []
    for number, feeder_ders in enumerate(ders):
        feeders.append(write_feeder(plan, substation, number, feeder_ders))
        if progress is not None:
            progress(first + number + 1, spec.feeders)
    return feeders


def _ders_before(spec: NetworkSpec, feeder: int) -> int:
    """Give the number of DER on all feeders before one: uneven, and exact at the end."""
    if feeder in (0, spec.feeders):
        return spec.ders * feeder // spec.feeders
    stray = _UNEVENNESS * (2 * random.Random(f"{spec.seed} before {feeder}").random() - 1)
    return round(spec.ders * (feeder + stray) / spec.feeders)
