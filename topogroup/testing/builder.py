"""The builder that users see.

>>> from topogroup.testing import NetworkBuilder
>>> b = NetworkBuilder()
>>> xml = (
...     b.energy_source("grid", "hv", 110_000)
...     .transformer("T1", [("hv", 110_000), ("bus", 20_000)])
...     .breaker("F1-CB", "bus", "f1a")
...     .line("L1", "f1a", "f1b")
...     .pv("PV1", "f1b")
...     .to_xml()
... )
>>> b.mrid("F1-CB")
'F1-CB'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from topogroup.testing.injections import Injections, Sources
from topogroup.testing.lines import Containers, Lines
from topogroup.testing.spelling import Spelling
from topogroup.testing.switches import Switches
from topogroup.testing.transformers import Transformers

if TYPE_CHECKING:
    from cim_models.network import Network


class NetworkBuilder(Containers, Lines, Switches, Transformers, Sources, Injections):
    """Builds a small network in a few words; every method that adds something returns the builder.

    Nodes are named by strings and made on first use. An object's mRID is its name where that is made of
    letters, digits, `-` and `.`; ids are the same on every run.
    """

    def to_xml(self, **spelling: Any) -> str:  # noqa: ANN401 - the fields of Spelling check themselves
        """Write the network as RDF/XML.

        Args:
            spelling: fields of `Spelling`; they change how the model is written, never what it means.

        Returns:
            The text of one CIM file.

        Raises:
            ValueError: something refers to an object that was never added, or joins different voltages.
        """
        chosen = Spelling(**spelling)
        return self._written(chosen).to_xml(chosen)

    def write(self, path: str | Path, **spelling: Any) -> Path:  # noqa: ANN401 - as for to_xml
        """Write the network into a file.

        Args:
            path: the file.
            spelling: as for `to_xml`.

        Returns:
            The path.
        """
        target = Path(path)
        target.write_text(self.to_xml(**spelling), encoding="utf-8")
        return target

    def build(self, name: str = "built") -> Network:
        """Load the network through the reader that reads files.

        Args:
            name: what findings call the text.

        Returns:
            The network; nothing is written to disk.
        """
        from cim_models import load_text

        network: Network = load_text(self.to_xml(), name)
        return network
