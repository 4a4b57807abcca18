"""Criteria as a user gives them, CQL2 text or CQL2-JSON, checked and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from topogroup.groups.criteria.check import checked
from topogroup.groups.criteria.scan import check_length
from topogroup.groups.criteria.text import tree_of_text
from topogroup.groups.criteria.tree import Node, attributes_of, places_of
from topogroup.groups.criteria.writing import as_json, as_text


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a DER must be to be a member of a rule group.

    Attributes:
        text: CQL2 text in one spelling, whatever the user wrote; `parse_criteria` makes the same criteria of it.
        tree: the checked conditions.
        attributes: the attributes they name.
        places: the equipment and feeders they name.
    """

    text: str
    tree: Node
    attributes: frozenset[str]
    places: frozenset[str]

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Return the criteria as CQL2-JSON."""
        return as_json(self.tree)


def parse_criteria(said: str | bool | Mapping[str, Any]) -> Criteria:
    """Read criteria.

    Args:
        said: CQL2 text, or CQL2-JSON as Python objects.

    Returns:
        The criteria.

    Raises:
        OptionError: they are no CQL2, break a limit, name an unknown attribute, compare with a value of another
            type, or use what is not supported; `extra_missing` if the library that reads text is not installed.

    >>> parse_criteria("kind='battery' and (p_max_w >= 5e4)").text
    "kind = 'battery' AND p_max_w >= 50000"
    """
    tree = checked(tree_of_text(said) if isinstance(said, str) else said)
    text = as_text(tree)
    check_length(len(text))
    return Criteria(text, tree, frozenset(attributes_of(tree)), frozenset(places_of(tree)))
