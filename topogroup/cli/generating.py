"""`topogroup generate`: a synthetic network with its truth."""

from __future__ import annotations

from pathlib import Path

from cim_models.generate import NetworkSpec
from cim_models.generate import generate as write
from topogroup.cli import inputs, output


def run(
    out: Path,
    substations: int | None,
    feeders: int | None,
    ders: int | None,
    seed: int | None,
    sections: int | None,
    lines: int | None,
) -> None:
    """Write the network and say what is in it."""
    given = {
        "substations": substations,
        "feeders_per_substation": feeders,
        "ders": ders,
        "seed": seed,
        "sections_per_feeder": sections,
        "lines_per_section": lines,
    }
    numbers: dict[str, int] = {name: value for name, value in given.items() if value is not None}
    if feeders is not None and feeders > 0:
        numbers["ties_between_substations"] = min(NetworkSpec().ties_between_substations, feeders)
    if sections is not None and sections > 0:
        numbers["ties_between_feeders"] = min(NetworkSpec().ties_between_feeders, sections)
    with inputs.progress("writing") as line:
        made = write(out, NetworkSpec(**numbers), lambda done, total: line("", done, total))
    output.print_line(f"{made.path}")
    output.print_line(f"{made.truth}")
    output.print_line(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in made.counts.items()))
