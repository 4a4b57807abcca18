"""CGMES 2.4.15 as objects of cimpy, and objects of cimpy as statements.

cimpy knows CIM16 alone and names attributes without their class. What it has no class or attribute for is counted and
left out. An attribute counts as said where the object's `serializationProfile` names it; one made by hand counts where
it differs from the default of its class.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cim_models.errors import FileError, OptionError
from cim_models.interop.facts import Fact, classes, facts, statements_of
from cim_models.statements import Statements

_VERSION: Final = "cgmes_v2_4_15"
_CIM16: Final = "http://iec.ch/TC57/2013/CIM-schema-cim16#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PROFILE: Final = "http://entsoe.eu/CIM/EquipmentCore/3/1"
_CLASS: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_NUMBERS: Final = (int, float)


@dataclass(frozen=True, slots=True)
class CimpyModel:
    """A model in objects of cimpy.

    Attributes:
        result: as `cimpy.cim_import` returns it: `topology` by id, `meta_info`.
        left_out: what cimpy has no place for, by `Class` or `Class.attribute`, with its number.
    """

    result: dict[str, Any]
    left_out: Mapping[str, int]


def to_cimpy(statements: Statements) -> CimpyModel:
    """Return the statements of a model as objects of cimpy.

    Args:
        statements: what the files of a model say.

    Raises:
        OptionError: cimpy is not installed.
    """
    left: Counter[str] = Counter()
    topology: dict[str, Any] = {}
    for identity, name in classes(statements):
        kind = _class(name)
        if kind is None:
            left[name] += 1
            continue
        made = topology[identity] = kind()
        made.serializationProfile = {"class": "EQ"}
        if hasattr(made, "mRID"):
            made.mRID = identity
    urls: dict[str, dict[str, str]] = {}
    for fact in facts(statements):
        _set(topology, urls, fact, left)
    meta = {"namespaces": {"cim": _CIM16, "rdf": _RDF}, "urls": urls, "author": "topogroup"}
    return CimpyModel({"meta_info": meta, "topology": topology}, dict(left))


def from_cimpy(result: Mapping[str, Any], source: str = "cimpy") -> Statements:
    """Return the statements of objects of cimpy.

    Args:
        result: as `cimpy.cim_import` or `to_cimpy` returns it.
        source: how findings name it.

    Raises:
        FileError: it holds no objects.
        LimitError: it holds too much.
    """
    topology: Mapping[str, Any] = result.get("topology", {})
    if not topology:
        raise FileError("not_cim", f"{source} holds no objects.", source)
    urls = result.get("meta_info", {}).get("urls", {})
    id_of = {id(one): identity for identity, one in topology.items()}
    declared = [(identity, type(one).__name__) for identity, one in topology.items()]
    said = (fact for identity, one in topology.items() for fact in _said(identity, one, id_of, urls))
    return statements_of(declared, said, [_PROFILE], source)


def _set(topology: Mapping[str, Any], urls: dict[str, dict[str, str]], fact: Fact, left: Counter[str]) -> None:
    """Set one attribute, or count what cannot be set."""
    one = topology.get(fact.subject)
    if one is None:
        left[fact.property] += 1
        return
    attribute = fact.property.rpartition(".")[2]
    owner = _owner(_kind(one), attribute)
    if owner is None or f"{owner}.{attribute}" != fact.property:
        left[f"{type(one).__name__}: {fact.property}"] += 1
        return
    default = _defaults(_kind(one))[attribute]
    if not fact.refers:
        setattr(one, attribute, _value(fact.value, default))
    elif fact.value in topology:
        target, now = topology[fact.value], getattr(one, attribute)
        several = isinstance(now, list) or default == "list"
        setattr(one, attribute, [*(now if isinstance(now, list) else []), target] if several else target)
    elif "#" in fact.value and "." in fact.value.rpartition("#")[2]:
        word = fact.value.rpartition(".")[2]
        if urls.setdefault(attribute, {}).setdefault(word, fact.value) != fact.value:
            left[fact.property] += 1
            return
        setattr(one, attribute, word)
    else:
        left[f"{fact.property} to an object that is not there"] += 1
        return
    one.serializationProfile[attribute] = _defined_in(_kind(one), attribute)


def _said(identity: str, one: Any, id_of: Mapping[int, str], urls: Mapping[str, Mapping[str, str]]) -> Iterator[Fact]:  # noqa: ANN401 - any class of cimpy
    """Yield what an object says."""
    defaults = _defaults(_kind(one))
    for attribute, value in vars(one).items():
        owner = _owner(_kind(one), attribute)
        if owner is None or value is None or value == "list":
            continue
        if attribute not in one.serializationProfile and value == defaults.get(attribute):
            continue
        name = f"{owner}.{attribute}"
        for single in value if isinstance(value, list) else [value]:
            if id(single) in id_of:
                yield Fact(identity, name, id_of[id(single)], True)
            elif isinstance(single, bool):
                yield Fact(identity, name, "true" if single else "false", False)
            elif isinstance(single, str) and single in urls.get(attribute, {}):
                yield Fact(identity, name, urls[attribute][single], True)
            elif isinstance(single, str | int | float):
                yield Fact(identity, name, str(single), False)


def _value(text: str, default: object) -> object:
    """Return a text as the type that cimpy gives the attribute; as it is where it is none of that type."""
    if isinstance(default, bool):
        return text.lower() == "true"
    if isinstance(default, _NUMBERS):
        try:
            return type(default)(text)
        except ValueError:
            return text
    return text


@cache
def _class(name: str) -> Any:  # noqa: ANN401 - a class of cimpy
    """Return a class of cimpy, None = it has none of that name."""
    if importlib.util.find_spec("cimpy") is None:
        raise OptionError("extra_missing", "Objects of cimpy need cimpy: pip install 'topogroup[interop]'.", "cimpy")
    if not _CLASS.fullmatch(name):
        return None
    try:
        return getattr(importlib.import_module(f"cimpy.{_VERSION}.{name}"), name, None)
    except ModuleNotFoundError:
        return None


@cache
def _owner(kind: Hashable, attribute: str) -> str | None:
    """Return the class that an attribute belongs to, None = there is no such attribute."""
    for one in _mro(kind):
        if attribute != "class" and attribute in vars(one).get("possibleProfileList", {}):
            return one.__name__
    return None


@cache
def _defined_in(kind: Hashable, attribute: str) -> str:
    """Return the first profile of an attribute, as cimpy's export takes it."""
    for one in _mro(kind):
        if found := vars(one).get("possibleProfileList", {}).get(attribute):
            return ("EQ", "SSH", "TP", "SV", "DY", "GL", "DI", "DL", "TP_BD", "EQ_BD")[found[0]]
    return "EQ"


@cache
def _defaults(kind: Hashable) -> Mapping[str, Any]:
    """Return the default of every attribute of a class, inherited ones too."""
    found: dict[str, Any] = {}
    for one in reversed(_mro(kind)):
        if "__init__" in vars(one) and one is not object:
            for name, parameter in inspect.signature(one).parameters.items():
                if parameter.default is not inspect.Parameter.empty:
                    found[name] = parameter.default
    return found


def _mro(kind: Hashable) -> tuple[type, ...]:
    return kind.__mro__ if isinstance(kind, type) else ()


def _kind(one: Any) -> Any:  # noqa: ANN401 - any class of cimpy
    return type(one)
