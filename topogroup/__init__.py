"""topogroup: a network-aware grouping engine for distributed energy resources (DER).

    >>> from topogroup import Network, attach                             # doctest: +SKIP
    >>> network = Network.load("ieee9500bal.xml.gz")                      # doctest: +SKIP
    >>> for der in attach(network, opened=["hvmv69s2b2_sw"]):             # doctest: +SKIP
    ...     print(der.name, der.current.energisation, der.current.feeders)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cim_models.errors import TopogroupError as TopogroupError
    from cim_models.findings import Finding as Finding
    from cim_models.model import Network as Network
    from topogroup.topology.answers.attach import attach as attach
    from topogroup.topology.answers.report import AttachmentReport as AttachmentReport

__version__ = "0.1.0"
__all__ = ["AttachmentReport", "Finding", "Network", "TopogroupError", "attach"]

_HOMES = {
    "AttachmentReport": "topogroup.topology.answers.report",
    "Finding": "cim_models.findings",
    "Network": "cim_models.model",
    "TopogroupError": "cim_models.errors",
    "attach": "topogroup.topology.answers.attach",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    """Import the public names on first use, so that `topogroup --help` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
