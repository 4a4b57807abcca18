"""The first question of all: where does every DER hang, normally and now?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cim_models.aliases import Aliases
from cim_models.errors import OptionError
from cim_models.network import Network
from topogroup.topology.answers.report import AttachmentReport
from topogroup.topology.graph.states import NetworkState, current_state, normal_state, operated, operations
from topogroup.topology.structure.grid import Grid, prepare
from topogroup.topology.supplying.attachment import attachments, der_rows


def attach(
    network: Network,
    *,
    opened: Sequence[str] = (),
    closed: Sequence[str] = (),
    state: str = "current",
    heads: Sequence[Mapping[str, str]] | None = None,
    sources: Sequence[str] | None = None,
    aliases: Aliases | None = None,
) -> AttachmentReport:
    """Attach every DER of a network, in the normal state and in the current one after some operations.

    Args:
        network: the network.
        opened: switches to open in the current state, `ID[:PHASES]`.
        closed: switches to close; done before those to open.
        state: `current`, or `normal` to let current start from the normal state.
        heads: entries of a heads file {name, head, substation?}.
        sources: ids of grid sources that replace those found from structure.
        aliases: further names of switches, as `cim_models.aliases` reads them.

    Returns:
        The report; iterate it for the DER.

    Raises:
        IdError: an id is unknown, ambiguous or no switch.
        OptionError: a phase, a heads file entry or the state is impossible.
    """
    if sources is not None:
        from cim_models.sources import with_sources

        network = with_sources(network, sources)
    if state not in ("current", "normal"):
        raise OptionError("unknown_state", f"The state to start from is current or normal, not {state[:40]!r}.", state)
    start = normal_state(network) if state == "normal" else current_state(network)
    now = operated(network, start, operations(network, opened, closed, aliases))
    grid = prepare(network, per_phase=now.per_phase(network), heads=heads)
    return attach_state(grid, now)


def attach_state(grid: Grid, now: NetworkState) -> AttachmentReport:
    """Attach every DER of a prepared network in the normal state and in a given one.

    Args:
        grid: the prepared network.
        now: the state to report as current.

    Returns:
        The report.
    """
    rows = der_rows(grid)
    normal = attachments(grid, rows, normal_state(grid.network))
    return AttachmentReport(grid, rows, normal, attachments(grid, rows, now))
