"""Which DER meet criteria: a mask over all of them, computed on arrays.

Logic has two values. A comparison with what is not known is false, NOT is the complement of whatever it stands
before, and <> is NOT =. An attribute that is a list meets a comparison if any item of it does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cim_models.identifiers import canonical
from topogroup.groups.criteria.attributes import Attribute, CriteriaState, CriteriaView, Type
from topogroup.groups.criteria.parse import Criteria
from topogroup.groups.criteria.pattern import compiled
from topogroup.groups.criteria.tree import (
    Among,
    Between,
    Comparison,
    Constant,
    Flag,
    IsNull,
    Junction,
    Like,
    Node,
    Not,
    Predicate,
    Reached,
)
from topogroup.topology.arrays.links import Links

Bools = npt.NDArray[np.bool_]
TextTest = Callable[[str], object]
"""A question about a text; the answer is yes where it counts as true."""


_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def mask(criteria: Criteria, state: CriteriaState) -> Bools:
    """Find the DER that meet criteria.

    Args:
        criteria: the criteria.
        state: the views (current, normal).

    Returns:
        bool[n_ders], in the order of the views.
    """
    return _Evaluation(state).of(criteria.tree)


class _Evaluation:
    """Answers trees for one network state."""

    def __init__(self, state: CriteriaState) -> None:
        self._current, self._normal = state

    def of(self, node: Node) -> Bools:
        """Return the DER for which a tree is true."""
        if isinstance(node, Constant):
            return np.full(self._current.supplied.size, node.value, np.bool_)
        if isinstance(node, Not):
            return ~self.of(node.part)
        if isinstance(node, Junction):
            join = np.logical_and if node.word == "and" else np.logical_or
            result = self.of(node.parts[0])
            for part in node.parts[1:]:
                result = join(result, self.of(part))
            return result
        if isinstance(node, Reached):
            return (self._normal if node.normal else self._current).behind(node.relation, node.place)
        return self._predicate(node)

    def _predicate(self, node: Predicate) -> Bools:
        if isinstance(node, Comparison) and node.operator == "<>":
            return ~self._predicate(Comparison(node.attribute, "=", node.value, node.folded))
        asked = node.attribute
        if asked.type is Type.FLAG:
            return _flags(self._view(asked).flags(asked.source), node)
        if asked.type is Type.NUMBER:
            return _numbers(self._view(asked).numbers(asked.source), node)
        if asked.type is Type.TEXT:
            return self._texts(asked, node)
        return self._items(asked, node)

    def _view(self, asked: Attribute) -> CriteriaView:
        """Return the view to look into."""
        return self._normal if asked.normal else self._current

    def _texts(self, asked: Attribute, node: Predicate) -> Bools:
        table = self._view(asked).words(asked.source)

        def met() -> Bools:
            if isinstance(node, IsNull):
                return _each(table.words, operator.not_)
            test = _text_test(node, is_id=asked.is_id)
            return _each(table.words, (lambda text: text and test(text)) if test("") else test)

        return np.asarray(self._view(asked).kept(node, met)[table.code], np.bool_)

    def _items(self, asked: Attribute, node: Predicate) -> Bools:
        links = self._view(asked).links(asked.source)
        if isinstance(node, IsNull):
            return np.asarray(np.diff(links.start) == 0, np.bool_)
        by_mrid, by_name = _text_test(node, is_id=True), _text_test(node, is_id=False)
        items = self._view(asked).items(asked.source)

        def met() -> Bools:
            return _each(items, lambda item: by_mrid(item.mrid) or (item.name and by_name(item.name)))

        return _any_of(links, self._view(asked).kept(node, met))


def _any_of(links: Links, met: Bools) -> Bools:
    """Return for each DER whether it hangs on an item that counts: bool[n_ders] from bool[n_items]."""
    count = np.zeros(links.item.size + 1, np.int64)
    np.cumsum(met[links.item], out=count[1:])
    return np.asarray(count[links.start[1:]] > count[links.start[:-1]], np.bool_)


def _text_test(node: Predicate, *, is_id: bool) -> TextTest:
    """Return the question that a predicate asks of one text.

    Args:
        node: a predicate on texts other than <> and IS NULL.
        is_id: the text is an mRID in its canonical spelling, which equals any other spelling of it.

    Returns:
        A function of the text.
    """
    test = _plain_test(node, canonical if is_id else str)
    if isinstance(node, Flag | IsNull) or not node.folded:
        return test
    return lambda text: test(text.casefold())


def _plain_test(node: Predicate, spelled: Callable[[str], str]) -> TextTest:
    if isinstance(node, Like):
        return compiled(node.pattern).fullmatch
    if isinstance(node, Between):
        low, high = str(node.low), str(node.high)
        return lambda text: low <= text <= high
    if isinstance(node, Among):
        return frozenset(spelled(str(value)) for value in node.values).__contains__
    if isinstance(node, Comparison) and node.operator != "=":
        compare, bound = _COMPARE[node.operator], str(node.value)
        return lambda text: compare(text, bound)
    if isinstance(node, Comparison):
        return frozenset([spelled(str(node.value))]).__contains__
    raise AssertionError(f"{node} asks nothing of a text")


def _each(table: Sequence[Any], test: Callable[[Any], object]) -> Bools:
    return np.fromiter(map(bool, map(test, table)), np.bool_, len(table))


def _flags(values: Bools, node: Predicate) -> Bools:
    if isinstance(node, Flag):
        return values
    if isinstance(node, Comparison):
        return np.asarray(values == bool(node.value), np.bool_)
    if isinstance(node, Among):
        return np.isin(values, np.array([bool(one) for one in node.values]))
    return np.zeros(values.size, np.bool_)


def _numbers(values: npt.NDArray[np.float32], node: Predicate) -> Bools:
    """Compare numbers in the precision they are kept in, about seven digits; nothing compares with NaN."""
    if isinstance(node, IsNull):
        return np.isnan(values)
    if isinstance(node, Between):
        return np.asarray((values >= _rounded(node.low)) & (values <= _rounded(node.high)), np.bool_)
    if isinstance(node, Among):
        return np.isin(values, np.array([_rounded(one) for one in node.values], np.float32))
    if isinstance(node, Comparison):
        compare = _COMPARE[node.operator]
        return np.asarray(compare(values, _rounded(node.value)), np.bool_)
    raise AssertionError(f"{node} asks nothing of a number")


def _rounded(value: Any) -> np.float32:  # noqa: ANN401 - checked to be a number
    with np.errstate(over="ignore", under="ignore"):
        return np.float32(value)
