"""The answer for one DER: where it hangs normally and now, in the words of reports."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from topogroup.topology.arrays.links import Item


@dataclass(frozen=True, slots=True)
class Attachment:
    """Where one DER hangs in one state; lists ascend by mRID, `upstream_feeders` begins with the nearest."""

    energisation: str
    paralleled: bool
    back_fed: bool
    in_service: bool
    uncertain: bool
    substations: tuple[Item, ...]
    transformers: tuple[Item, ...]
    feeders: tuple[Item, ...]
    lv_feeders: tuple[Item, ...]
    subtransmission_feeders: tuple[Item, ...]
    upstream_feeders: tuple[Item, ...]
    section: Item | None
    service_transformers: tuple[Item, ...]
    by_phase: tuple[tuple[str, Attachment], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the attachment as `attach --json` shows it."""
        result: dict[str, Any] = {}
        for column in fields(self):
            value = getattr(self, column.name)
            if column.name == "by_phase":
                if value:
                    result["by_phase"] = {letter: one.as_dict() for letter, one in value}
            elif isinstance(value, Item):
                result[column.name] = value._asdict()
            elif isinstance(value, tuple):
                result[column.name] = [item._asdict() for item in value]
            else:
                result[column.name] = value
        return result


@dataclass(frozen=True, slots=True)
class DerAttachment:
    """One DER with its attachment in the current (or tried) state and in the normal state."""

    mrid: str
    source_id: str
    name: str
    kind: str
    unit_kinds: tuple[str, ...]
    end_devices: tuple[Item, ...]
    phases: str
    current: Attachment
    normal: Attachment

    def as_dict(self) -> dict[str, Any]:
        """Return the DER as `attach --json` shows it."""
        return {
            "mrid": self.mrid,
            "source_id": self.source_id,
            "name": self.name,
            "kind": self.kind,
            "unit_kinds": list(self.unit_kinds),
            "end_devices": [item._asdict() for item in self.end_devices],
            "phases": self.phases,
            "current": self.current.as_dict(),
            "normal": self.normal.as_dict(),
        }
