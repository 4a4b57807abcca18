"""The performance categories of IEEE 1547-2018 that models give to inverters.

OpenDSS and CIMHub write them at a DERNameplateData, which belongs to a DERIEEEType1, which belongs to connections;
GridAPPS-D at an IEEE1547Info, a data sheet of the connection. Links are followed in both directions.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cim_models.extract.objects import Objects
from cim_models.network import ABNORMAL_CATEGORIES, NORMAL_CATEGORIES, U8

_NORMAL: Final = ("DERNameplateData.normalOPcatKind", "IEEE1547Info.normalPerformanceCategory")
_ABNORMAL: Final = ("DERNameplateData.abnormalOPcatKind", "IEEE1547Info.abnormalPerformanceCategory")

_FORTH: Final = ("DERNameplateData.DERIEEEType1", "DERDynamics.PowerElectronicsConnection")
"""From a plate towards the equipment, step by step."""
_BACK: Final = ("DERIEEEType1.DERNameplateData", "PowerElectronicsConnection.DERDynamics")
"""The same steps as the other end writes them."""
_SHEETS_FORTH: Final = ("AssetInfo.PowerSystemResources",)
_SHEETS_BACK: Final = ("PowerSystemResource.AssetDatasheet",)


def categories(objects: Objects) -> tuple[U8, U8]:
    """Return the normal and the abnormal category of each object as codes: uint8[n_objects] each, 0 = not said."""
    normal = _read(objects, _NORMAL, NORMAL_CATEGORIES)
    abnormal = _read(objects, _ABNORMAL, ABNORMAL_CATEGORIES)
    if normal.any() or abnormal.any():
        for forth, back in zip(_FORTH, _BACK, strict=True):
            _carry(objects, forth, back, normal, abnormal)
        for forth, back in zip(_SHEETS_FORTH, _SHEETS_BACK, strict=True):
            _carry(objects, forth, back, normal, abnormal)
    return normal, abnormal


def _read(objects: Objects, predicates: tuple[str, ...], known: tuple[str, ...]) -> U8:
    result = np.zeros(objects.size, np.uint8)
    for predicate in predicates:
        if not objects.statements.has(predicate):
            continue
        for obj, word in objects.word(predicate).items():
            letter = word.strip().upper().removeprefix("CATEGORY").removeprefix("CAT").lstrip("_ ")
            if letter in known[1:]:
                result[obj] = known.index(letter)
            else:
                message = f"{objects.label(obj)}: {predicate} {word[:40]!r} is no category of IEEE 1547."
                objects.note("value_unreadable", message, [obj])
    return result


def _carry(objects: Objects, forth: str, back: str, *columns: U8) -> None:
    """Give what one end of a link says to the other end; two that disagree are a finding and say nothing."""
    source, target = objects.statements.references(forth)
    holder, held = objects.statements.references(back)
    forwards, backwards = (
        zip(source.tolist(), target.tolist(), strict=True),
        zip(held.tolist(), holder.tolist(), strict=True),
    )
    pairs = sorted({*forwards, *backwards})
    for column in columns:
        said: dict[int, set[int]] = {}
        for one, other in pairs:
            if column[one]:
                said.setdefault(other, set()).add(int(column[one]))
        for obj, codes in said.items():
            column[obj] = next(iter(codes)) if len(codes) == 1 else 0
            if len(codes) > 1:
                message = f"{objects.label(obj)} is given several different categories of IEEE 1547; none counts."
                objects.note("nameplate_contradicts", message, [obj])
