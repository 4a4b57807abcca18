"""Definitions: what makes the members of a group that no template made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True)
class StaticDefinition:
    """Listed members; one that is not in the model now is a member again as soon as it is.

    Attributes:
        members: mRIDs of DER, ascending, each once.
    """

    kind: ClassVar[Literal["static"]] = "static"
    members: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the definition as the journal keeps it."""
        return {"kind": self.kind, "members": list(self.members)}


Definition = StaticDefinition


def definition_from_dict(said: Mapping[str, Any]) -> Definition:
    """Return the definition that `as_dict` wrote."""
    return StaticDefinition(tuple(said["members"]))
