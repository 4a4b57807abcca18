"""Union-find over edges."""

from __future__ import annotations

from topogroup.topology.tracing.jit import jit
from topogroup.topology.tracing.tables import I32, U8


@jit
def joined(u: I32, v: I32, on: U8, label: I32) -> int:
    """Number what edges join, in the order of the lowest block: union-find, the lower root stays.

    Args:
        u, v: int32[n_edges].
        on: uint8[n_edges]; which of them conduct.
        label: int32[n_blocks]; the numbers are written here.

    Returns:
        How many there are.
    """
    for block in range(label.size):
        label[block] = block
    for edge in range(u.size):
        if not on[edge]:
            continue
        a, b = u[edge], v[edge]
        # Rem's algorithm: climb on the side of the higher parent, splicing on the way
        while label[a] != label[b]:
            if label[a] < label[b]:
                a, b = b, a
            above = label[a]
            label[a] = label[b]
            if above == a:
                break
            a = above
    count = 0
    for block in range(label.size):
        above = label[block]
        if above == block:
            count += 1
            label[block] = -count
        else:
            label[block] = label[above]
    for block in range(label.size):
        label[block] = -label[block] - 1
    return count
