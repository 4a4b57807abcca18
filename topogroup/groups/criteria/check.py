"""From CQL2-JSON to checked criteria: what is not supported, or too much, is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cim_models.errors import OptionError
from topogroup.groups.criteria.attributes import NORMAL_PREFIX, Attribute, Type, attribute
from topogroup.groups.criteria.scan import (
    SUPPORTED,
    check_characters,
    check_depth,
    check_length,
    check_operators,
    legible,
)
from topogroup.groups.criteria.tree import (
    RELATIONS,
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
    Reached,
    Value,
)
from topogroup.groups.criteria.values import described, fitting, is_operation, is_property, number, shown

_MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CONDITIONS: Final = frozenset({*_MIRRORED, "and", "or", "not", "in", "between", "like", "isNull"})
_RELATIONS: Final = frozenset({*RELATIONS, *(NORMAL_PREFIX + one for one in RELATIONS)})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "^", "%", "div", "mod"})


def checked(tree: Any) -> Node:  # noqa: ANN401 - JSON
    """Check criteria.

    Args:
        tree: CQL2-JSON, of any size and depth.

    Returns:
        The criteria as a tree that can be evaluated.

    Raises:
        OptionError: they break a limit, name an unknown attribute, compare with a value of another type, or use
            what is not supported.
    """
    return _Checker().node(tree, 0)


class _Checker:
    """Turns JSON into nodes and counts what it meets."""

    def __init__(self) -> None:
        self._operators = 0
        self._characters = 0

    def node(self, said: Any, depth: int) -> Node:  # noqa: ANN401 - JSON
        """Return one condition, which lies so many levels deep."""
        check_depth(depth)
        if isinstance(said, bool):
            return Constant(said)
        if is_property(said):
            found = attribute(said["property"])
            if found.type is not Type.FLAG:
                message = f"{found.name} is {described(found)} and no condition by itself; compare it with a value."
                raise OptionError("criteria_type", message, found.name)
            return Flag(found)
        if not is_operation(said):
            message = f"{shown(said)} is no condition; a condition compares an attribute with a value."
            raise OptionError("criteria_type", message, "criteria")
        op, args = said["op"], said["args"]
        if op in ("and", "or"):
            return self._junction(op, args, depth)
        self._count(1)
        if op == "not":
            return Not(self.node(_exactly(1, op, args)[0], depth + 1))
        if op in _RELATIONS:
            return self._reached(op, args)
        return self._predicate(op, args)

    def _reached(self, op: str, args: Sequence[Any]) -> Node:
        if len(args) != 1 or not isinstance(args[0], str) or not args[0]:
            message = f"{op}() takes one piece of equipment or feeder, by mRID or name, such as {op}('F1')."
            raise OptionError("criteria_type", message, op)
        return Reached(op.removeprefix(NORMAL_PREFIX), self._text(args[0]), op.startswith(NORMAL_PREFIX))

    def _predicate(self, op: str, args: Sequence[Any]) -> Node:
        if op in _MIRRORED:
            return self._comparison(op, *_exactly(2, op, args))
        if op == "in":
            return self._among(*_exactly(2, op, args))
        if op == "between":
            asked, folded = self._asked(_exactly(3, op, args)[0], "BETWEEN")
            low, high = (self._value(one, asked, "BETWEEN", folded=folded) for one in args[1:])
            return Between(asked, low, high, folded)
        if op == "like":
            asked, folded = self._asked(_exactly(2, op, args)[0], "LIKE")
            return Like(asked, str(self._value(args[1], asked, "LIKE", folded=folded)), folded)
        if op == "isNull":
            asked, folded = self._asked(_exactly(1, op, args)[0], "IS NULL")
            if folded:
                raise OptionError("criteria_type", f"Write {asked.name} IS NULL without casei().", asked.name)
            return IsNull(asked)
        raise _unsupported(op)

    def _count(self, operators: int) -> None:
        self._operators += operators
        check_operators(self._operators)

    def _junction(self, word: str, args: Sequence[Any], depth: int) -> Node:
        if len(args) < 2:
            raise OptionError("criteria_syntax", f"'{word}' joins two conditions or more.", word)
        self._count(len(args) - 1)
        parts: list[Node] = []
        for one in args:
            part = self.node(one, depth + 1)
            parts += part.parts if isinstance(part, Junction) and part.word == word else [part]
        return Junction(word, tuple(parts))

    def _comparison(self, operator: str, left: Any, right: Any) -> Node:  # noqa: ANN401 - JSON
        if not _names_attribute(left) and _names_attribute(right):
            left, right, operator = right, left, _MIRRORED[operator]
        asked, folded = self._asked(left, operator)
        return Comparison(asked, operator, self._value(right, asked, operator, folded=folded), folded)

    def _among(self, left: Any, values: Any) -> Node:  # noqa: ANN401 - JSON
        asked, folded = self._asked(left, "IN")
        if not isinstance(values, list | tuple) or not values:
            raise OptionError("criteria_syntax", f"{asked.name} IN needs values in parentheses.", asked.name)
        return Among(asked, tuple(self._value(one, asked, "IN", folded=folded) for one in values), folded)

    def _asked(self, said: Any, operator: str) -> tuple[Attribute, bool]:  # noqa: ANN401 - JSON
        """Return the attribute that a comparison is about, and whether upper and lower case count as one."""
        folded = _is_casei(said)
        inner = said["args"][0] if folded else said
        if is_operation(inner):
            raise _unsupported(inner["op"])
        if not is_property(inner):
            message = f"{operator} needs an attribute of the DER on its left, not {shown(inner)}."
            raise OptionError("criteria_type", message, operator)
        found = attribute(inner["property"])
        if folded and found.type not in (Type.TEXT, Type.ITEMS):
            raise OptionError("criteria_type", f"casei() takes texts; {found.name} is {described(found)}.", found.name)
        return found, folded

    def _value(self, said: Any, asked: Attribute, operator: str, *, folded: bool) -> Value:  # noqa: ANN401 - JSON
        return fitting(self._literal(said, asked), asked, operator, folded=folded)

    def _literal(self, said: Any, asked: Attribute) -> Value:  # noqa: ANN401 - JSON
        if isinstance(said, bool):
            return said
        if isinstance(said, str):
            return self._text(said)
        if isinstance(said, int | float):
            return number(said)
        if _is_casei(said) and isinstance(said["args"][0], str):
            return self._text(said["args"][0]).casefold()
        if is_operation(said):
            raise _unsupported(said["op"])
        if said is None:
            message = f"No comparison with NULL is true; write {asked.name} IS NULL."
            raise OptionError("criteria_type", message, asked.name)
        if is_property(said):
            message = f"{asked.name} is compared with {shown(said)}, which is no value; write texts in single quotes."
            raise OptionError("criteria_unsupported", message, asked.name)
        raise OptionError("criteria_type", f"{asked.name} cannot be compared with {shown(said)}.", asked.name)

    def _text(self, text: str) -> str:
        self._characters += len(text)
        check_length(self._characters)
        check_characters(text)
        return text


def _is_casei(said: Any) -> bool:  # noqa: ANN401 - JSON
    return is_operation(said) and said["op"] == "casei" and len(said["args"]) == 1


def _names_attribute(said: Any) -> bool:  # noqa: ANN401 - JSON
    return is_property(said["args"][0] if _is_casei(said) else said)


def _exactly(count: int, op: str, args: Sequence[Any]) -> Sequence[Any]:
    if len(args) != count:
        raise OptionError("criteria_syntax", f"'{op}' takes {count} arguments, not {len(args)}.", op)
    return args


def _unsupported(op: str) -> OptionError:
    """Return why an operation cannot stand where it does."""
    if op in _CONDITIONS or op in _RELATIONS:
        message = f"A condition ('{op}') cannot be compared; join conditions by AND and OR."
        return OptionError("criteria_type", message, op)
    if op == "casei":
        return OptionError("criteria_type", "casei() takes one attribute or one text and is compared with a text.", op)
    what = "Arithmetic" if op in _ARITHMETIC else f"{legible(op)}()"
    return OptionError(
        "criteria_unsupported", f"{what} is not supported in criteria; supported are {SUPPORTED}.", legible(op)
    )
