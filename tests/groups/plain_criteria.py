"""What criteria mean, written plainly over the words of `attach --json`: the oracle of the masks."""

from __future__ import annotations

import re
from typing import Any

from cim_models.identifiers import canonical

LISTS = {
    "substation": "substations",
    "transformer": "transformers",
    "feeder": "feeders",
    "lv_feeder": "lv_feeders",
    "subtransmission_feeder": "subtransmission_feeders",
    "service_transformer": "service_transformers",
}
FLAGS = ("paralleled", "back_fed", "in_service", "uncertain")


def values(der: dict[str, Any], name: str) -> list[Any]:
    """Return the values that an attribute of a DER has: none where it is not known, two for mRID and name."""
    state = "current"
    if name.startswith("normal_"):
        state, name = "normal", name.removeprefix("normal_")
    now = der[state]
    if name in LISTS:
        return [text for item in now[LISTS[name]] for text in (item["mrid"], item["name"])]
    if name == "section":
        return [] if now["section"] is None else [now["section"]["mrid"], now["section"]["name"]]
    if name == "end_device":
        return [text for item in der["end_devices"] for text in (item["mrid"], item["name"])]
    if name == "unit_kind":
        return list(der["unit_kinds"])
    if name in FLAGS:
        return [now[name]]
    if name == "supplied":
        return [now["energisation"] in ("energised", "partially_energised")]
    if name == "energisation":
        return [now["energisation"]]
    return [value for value in [der[name]] if value not in (None, "")]


def meets(der: dict[str, Any], tree: Any) -> bool:  # noqa: ANN401 - CQL2-JSON
    """Tell whether a DER meets criteria in CQL2-JSON."""
    if isinstance(tree, bool):
        return tree
    if "property" in tree:
        return values(der, tree["property"]) == [True]
    op, args = tree["op"], tree["args"]
    if op == "and":
        return all(meets(der, one) for one in args)
    if op == "or":
        return any(meets(der, one) for one in args)
    if op == "not":
        return not meets(der, args[0])
    if op == "<>":
        return not meets(der, {"op": "=", "args": args})
    folded = args[0].get("op") == "casei"
    name = (args[0]["args"][0] if folded else args[0])["property"]
    found = values(der, name)
    if op == "isNull":
        return not found
    wanted = [plain(one, folded) for one in (args[1] if op == "in" else args[1:])]
    return any(compared(op, value.casefold() if folded else value, wanted) for value in found)


def plain(value: Any, folded: bool) -> Any:  # noqa: ANN401 - JSON
    """Return a value without casei()."""
    if isinstance(value, dict):
        value = value["args"][0]
    return value.casefold() if folded else value


def compared(op: str, value: Any, wanted: list[Any]) -> bool:  # noqa: ANN401 - JSON
    """Compare one value."""
    if op in ("=", "in"):
        return any(value == one or (isinstance(one, str) and value == canonical(one)) for one in wanted)
    if op == "like":
        pieces = re.findall(r"\\[%_\\]|.", wanted[0], re.DOTALL)
        marks = {"%": ".*", "_": "."}
        pattern = "".join(marks.get(piece) or re.escape(piece[-1]) for piece in pieces)
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    if op == "between":
        return bool(wanted[0] <= value <= wanted[1])
    (bound,) = wanted
    return bool({"<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}[op])
