"""Criteria written out again, as CQL2 text in one spelling and as CQL2-JSON."""

from __future__ import annotations

from typing import Any

from topogroup.groups.criteria.attributes import NORMAL_PREFIX
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
    Value,
)


def as_text(node: Node) -> str:
    """Return criteria as CQL2 text that reads as the same criteria."""
    if isinstance(node, Constant):
        return "TRUE" if node.value else "FALSE"
    if isinstance(node, Flag):
        return node.attribute.name
    if isinstance(node, Not):
        inner = as_text(node.part)
        return f"NOT {inner}" if isinstance(node.part, Flag | Constant | Reached) else f"NOT ({inner})"
    if isinstance(node, Junction):
        parts = (f"({as_text(one)})" if isinstance(one, Junction) else as_text(one) for one in node.parts)
        return f" {node.word.upper()} ".join(parts)
    if isinstance(node, Reached):
        return f"{_relation(node)}({_text_value(node.place, folded=False)})"
    return _predicate_text(node)


def as_json(node: Node) -> Any:  # noqa: ANN401 - JSON
    """Return criteria as CQL2-JSON."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Flag):
        return {"property": node.attribute.name}
    if isinstance(node, Not):
        return {"op": "not", "args": [as_json(node.part)]}
    if isinstance(node, Junction):
        return {"op": node.word, "args": [as_json(one) for one in node.parts]}
    if isinstance(node, Reached):
        return {"op": _relation(node), "args": [node.place]}
    return _predicate_json(node)


def _relation(node: Reached) -> str:
    return (NORMAL_PREFIX if node.normal else "") + node.relation


def _predicate_text(node: Predicate) -> str:
    left = node.attribute.name
    if isinstance(node, IsNull):
        return f"{left} IS NULL"
    if isinstance(node, Flag):
        return left
    if node.folded:
        left = f"casei({left})"
    if isinstance(node, Among):
        return f"{left} IN ({', '.join(_text_value(one, node.folded) for one in node.values)})"
    if isinstance(node, Between):
        return f"{left} BETWEEN {_text_value(node.low, node.folded)} AND {_text_value(node.high, node.folded)}"
    if isinstance(node, Like):
        return f"{left} LIKE {_text_value(node.pattern, node.folded)}"
    assert isinstance(node, Comparison)
    return f"{left} {node.operator} {_text_value(node.value, node.folded)}"


def _predicate_json(node: Predicate) -> Any:  # noqa: ANN401 - JSON
    left: Any = {"property": node.attribute.name}
    if isinstance(node, Flag):
        return left
    if isinstance(node, IsNull):
        return {"op": "isNull", "args": [left]}
    if node.folded:
        left = {"op": "casei", "args": [left]}
    if isinstance(node, Among):
        return {"op": "in", "args": [left, [_json_value(one, node.folded) for one in node.values]]}
    if isinstance(node, Between):
        bounds = [_json_value(one, node.folded) for one in (node.low, node.high)]
        return {"op": "between", "args": [left, *bounds]}
    if isinstance(node, Like):
        return {"op": "like", "args": [left, _json_value(node.pattern, node.folded)]}
    assert isinstance(node, Comparison)
    return {"op": node.operator, "args": [left, _json_value(node.value, node.folded)]}


def _text_value(value: Value, folded: bool) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        quoted = "'" + value.replace("'", "''") + "'"
        return f"casei({quoted})" if folded else quoted
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))


def _json_value(value: Value, folded: bool) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return {"op": "casei", "args": [value]} if folded and isinstance(value, str) else value
