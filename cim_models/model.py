"""The `Network` that users touch: the arrays of a model with the ways in and out of them.

`cim_models.network` holds the arrays alone, so that the core can use them without knowing of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cim_models import loading, network, snapshot
from cim_models.conventions import OPEN, Conventions

if TYPE_CHECKING:
    import networkx


class Network(network.Network):
    """One CIM model as arrays; see `cim_models.network.Network` for its tables."""

    __slots__ = ()

    @classmethod
    def load(cls, *paths: str | Path, sources: Sequence[str] | None = None, said: Conventions = OPEN) -> Self:
        """Load CIM files, folders or zips that together are one network.

        Args:
            paths: RDF/XML files (.gz too), folders, zips; or one folder written by `save`.
            sources: ids of grid sources, in place of those found from structure.
            said: what you know of units, signs and coordinates that the files leave open.

        Returns:
            The network; see `findings` for what is worth knowing of it.

        Raises:
            ModelError: a file is missing, empty, ill-formed, hostile, no CIM, or has no terminals.
            IdError: a listed source is no equipment.
        """
        return cls._of(loading.load(paths, sources=sources, said=said))

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open a network written by `save`; its arrays are memory-mapped.

        Raises:
            SnapshotError: the folder is no snapshot, is damaged, or of another version.
        """
        return cls._of(snapshot.open_(Path(folder)))

    def save(self, folder: str | Path) -> None:
        """Write the network as one file per array with a JSON header; see `cim_models.snapshot`.

        Raises:
            SnapshotError: the folder holds files already.
        """
        snapshot.save(self, Path(folder))

    def to_networkx(self) -> networkx.MultiGraph[str]:
        """Return the network as a graph: nodes by mRID, an edge per two ends of equipment with class and phases."""
        from cim_models.interop.to_networkx import to_networkx

        return to_networkx(self)

    @classmethod
    def _of(cls, arrays: network.Network) -> Self:
        return cls(**{table.name: getattr(arrays, table.name) for table in fields(network.Network)})


def load(paths: Sequence[str | Path], *, sources: Sequence[str] | None = None) -> Network:
    """Load CIM files, folders or zips that together are one network; see `Network.load`."""
    return Network.load(*paths, sources=sources)


def load_text(
    xml: str, name: str = "text", *, sources: Sequence[str] | None = None, said: Conventions = OPEN
) -> Network:
    """Load a network from CIM RDF/XML text; see `cim_models.loading.load_text`."""
    return Network._of(loading.load_text(xml, name, sources=sources, said=said))
