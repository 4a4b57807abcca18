"""CIM network models: files in, arrays out.

The ground floor. `load` opens files safely (`intake`), turns them into statement columns (`reader`) and those
into the arrays of a `Network` with a list of `Finding`s (`extract`). Nothing here knows of feeders' supply or groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cim_models.findings import Finding as Finding
    from cim_models.model import Network as Network
    from cim_models.model import load as load
    from cim_models.model import load_text as load_text

__all__ = ["Finding", "Network", "load", "load_text"]

_HOMES = {"Finding": "findings", "Network": "model", "load": "model", "load_text": "model"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    """Import the public names on first use, so that `import cim_models` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"cim_models.{_HOMES[name]}"), name)
