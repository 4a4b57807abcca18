"""Making a difference model of two versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from cim_models.difference.model import Difference
from cim_models.difference.statement import Statement, same_value
from cim_models.identifiers import derived
from cim_models.statements import Header


def difference_between(
    before: Iterable[Statement],
    after: Iterable[Statement],
    *,
    spelling: Mapping[str, str] | None = None,
    supersedes: str | None = None,
    created: datetime | None = None,
    description: str = "",
) -> Difference:
    """Return what leads from one version of a model to another: applied to the first it gives the second.

    Args:
        before: what the first says (`columns.statements_of`, `columns.statements_in`).
        after: what the second says. Values that are only spelled differently count as the same.
        spelling: ids as files write them, by canonical id.
        supersedes: the id of the first version, for the header.
        created: when, in UTC; None = not said.
        description: what it is about, for the header.

    Returns:
        The difference, its statements in order of object and property. Where a second value joins one that stays, that
        one is a precondition. Both versions are held in memory meanwhile.
    """
    old, new = set(before), set(after)
    still = old & new
    old, new = old - new, new - old
    removed, added = _without_spellings(old, new)
    changed = {statement[:2] for statement in added} - {statement[:2] for statement in removed}
    stays = tuple(sorted(one for one in still if one[:2] in changed and not one.reference and not one.is_type))
    digest = derived("difference:" + "\n".join(map(str, (supersedes, removed, added))))
    header = Header("difference", id=f"urn:uuid:{digest}")
    if created is not None:
        header.said.append(("Model.created", created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
    if description:
        header.said.append(("Model.description", description))
    if supersedes:
        header.said.append(("Model.Supersedes", supersedes))
    return Difference(header, added, removed, stays, dict(spelling or {}))


def _without_spellings(old: set[Statement], new: set[Statement]) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Return what is removed and what is added, without values that are the same but for their spelling."""
    by_property: dict[tuple[str, str], list[Statement]] = {}
    for statement in old:
        by_property.setdefault(statement[:2], []).append(statement)
    kept: set[Statement] = set()
    for statement in new:
        for rival in by_property.get(statement[:2], ()):
            if same_value(rival, statement):
                kept |= {rival, statement}
    return tuple(sorted(old - kept)), tuple(sorted(new - kept))
