"""The loops of the incremental trace, written once: plain Python, or compiled by `jit.kernels`.

Opening an inner edge is a search from both ends that stops when the smaller side is exhausted; closing one gives the
smaller side the number of the larger. What links change is settled in the connected piece around them.
"""

from topogroup.topology.tracing.kernels.joining import joined
from topogroup.topology.tracing.kernels.listing import changed
from topogroup.topology.tracing.kernels.operating import operate
from topogroup.topology.tracing.kernels.pieces import holding, links_between
from topogroup.topology.tracing.kernels.settling import look_up

__all__ = ["changed", "holding", "joined", "links_between", "look_up", "operate"]
