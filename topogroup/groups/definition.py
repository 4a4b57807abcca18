"""Definitions: what makes the members of a group that no template made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from topogroup.groups.criteria import Criteria, parse_criteria
from topogroup.groups.policies import Policies, policies_from


@dataclass(frozen=True, slots=True)
class StaticDefinition:
    """Listed members; one that is not in the model now is a member again as soon as it is.

    Attributes:
        members: mRIDs of DER, ascending, each once.
        of_model: the model lists them: an EndDeviceGroup that the next model may change or end.
    """

    kind: ClassVar[Literal["static"]] = "static"
    members: tuple[str, ...]
    of_model: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the definition as the journal keeps it."""
        origin = {"origin": "model"} if self.of_model else {}
        return {"kind": self.kind, "members": list(self.members), **origin}


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """Criteria; whoever meets them is a member as long as that is so."""

    kind: ClassVar[Literal["rule"]] = "rule"
    criteria: Criteria
    policies: Policies = field(default_factory=Policies)

    def as_dict(self) -> dict[str, Any]:
        """Return the definition as the journal keeps it; the JSON is what counts, the text is for people."""
        return {
            "kind": self.kind,
            "criteria": self.criteria.text,
            "criteria_json": self.criteria.json,
            "policies": self.policies.as_dict(),
        }


Definition = StaticDefinition | RuleDefinition


def definition_from_dict(said: Mapping[str, Any]) -> Definition:
    """Return the definition that `as_dict` wrote."""
    if said["kind"] == RuleDefinition.kind:
        return RuleDefinition(parse_criteria(said["criteria_json"]), policies_from(said["policies"]))
    return StaticDefinition(tuple(said["members"]), said.get("origin") == "model")
