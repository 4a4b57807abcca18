"""What the user gives beside the files of a model: heads of feeders and grid sources; kept with the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cim_models.errors import IdError, OptionError
from cim_models.findings import Finding, bounded, finding
from cim_models.heads import HeadEntries
from cim_models.network import Network
from cim_models.sources import SourceEntries, with_sources

Entries = tuple[Mapping[str, str], ...]
"""Entries of a file; each may hold the `line` where it stands."""

FILE: Final = "given.json"
"""What the folder of a model keeps of it."""


@dataclass(frozen=True, slots=True)
class Given:
    """Heads and sources that count for a model.

    Attributes:
        heads: entries {name, head, substation?, line?} of a heads file, None = the model decides.
        sources: entries {id, line?} of a sources file, None = structure decides.
        said: which of both were said for this model; others came with the version before. An entry that was said must
            fit, one that came along waits where it does not.
    """

    heads: Entries | None = None
    sources: Entries | None = None
    said: frozenset[str] = frozenset()

    @property
    def identity(self) -> str:
        """Return a text that is the same for the same content; empty where nothing is given."""
        return json.dumps(self.as_dict(), sort_keys=True) if self.as_dict() else ""

    def as_dict(self) -> dict[str, list[dict[str, str]]]:
        """Return what is given, without lines and without what is not."""
        parts = (("heads", self.heads or None), ("sources", self.sources))
        return {name: [_without_line(one) for one in part] for name, part in parts if part is not None}

    def counts(self) -> dict[str, int]:
        """Return the number of entries of each file that was given."""
        return {name: len(entries) for name, entries in self.as_dict().items()}

    def as_request(self) -> dict[str, Any]:
        """Return all of it, for another process."""
        return {"heads": self.heads, "sources": self.sources, "said": sorted(self.said)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Given:
        """Return what `as_dict` or `as_request` wrote."""
        heads, sources = (None if told.get(name) is None else tuple(told[name]) for name in ("heads", "sources"))
        return cls(heads, sources, frozenset(told.get("said", ())))

    def upon(self, before: Given) -> Given:
        """Return what counts for a version of a model: what is said, else what its base has; no entry must fit."""
        heads = self.heads if "heads" in self.said else before.heads
        sources = self.sources if "sources" in self.said else before.sources
        return Given(heads, sources)


NOTHING: Final = Given()
"""The model decides."""


def taken(network: Network, given: Given) -> Network:
    """Return a network with the grid sources that are given, and with a finding on each entry that waits.

    Args:
        network: the network, with the sources that structure gives.
        given: what counts for it.

    Raises:
        IdError: an entry that must fit names nothing, several, or something of the wrong kind.
        OptionError: two entries that must fit name one head.
    """
    waiting: list[Finding] = []
    if given.sources is not None:
        kept, errors = SourceEntries(network).fitting(given.sources)
        waiting += _waiting(errors, must_fit="sources" in given.said)
        network = with_sources(network, [entry["id"] for entry in kept])
    if given.heads:
        _, errors = HeadEntries(network).fitting(given.heads)
        waiting += _waiting(errors, must_fit="heads" in given.said)
    return replace(network, findings=bounded([*network.findings, *waiting])) if waiting else network


def _waiting(errors: Sequence[IdError | OptionError], *, must_fit: bool) -> list[Finding]:
    if must_fit and errors:
        raise errors[0]
    ending = "the entry waits for a version that it fits"
    return [
        finding("given_entry_waits", f"{error.message.rstrip('.')}; {ending}.", [error.object] if error.object else [])
        for error in errors
    ]


def _without_line(entry: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in entry.items() if key != "line"}
