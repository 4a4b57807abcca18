"""Bodies of CIM RDF/XML: small ones are read here, large ones in a process, so that none holds the service up."""

from __future__ import annotations

import threading
from typing import Any, Final

from api.feeds.batch import Asked, Batch
from api.feeds.rdf_states import read_rdf
from cim_models import child, errors, limits
from cim_models.errors import BusyError, LimitError, ModelError, TopogroupError
from topogroup.engine.commands import RequestKey, Requirement, SwitchOperation

_MODULE: Final = "api.feeds.rdf_process"
_ONE_AT_A_TIME: Final = threading.Lock()


def read_rdf_body(data: bytes, asked: Asked) -> Batch:
    """Read switch states as `read_rdf` does, at a bounded cost.

    Args:
        data: CIM RDF/XML.
        asked: what the address says.

    Raises:
        TopogroupError: as `read_rdf`.
        LimitError: it is larger than `limits.SWITCHING_XML_BYTES_MAX`, or takes too much memory or time.
        BusyError: another large body is being read.
    """
    most = limits.SWITCHING_XML_BYTES_MAX
    if len(data) > most:
        message = f"XML with switch states has at most {most} bytes; send it in parts, or as JSON or CSV."
        raise LimitError("body_too_large", message, "body")
    if len(data) <= limits.DIFFERENCE_HERE_BYTES_MAX:
        return read_rdf(data, asked)
    if not _ONE_AT_A_TIME.acquire(timeout=limits.SWITCHING_XML_WAIT_SECONDS):
        raise BusyError("reading_busy", "Another large file of switch states is being read; send this one again.")
    try:
        said = _in_child(data, asked)
    finally:
        _ONE_AT_A_TIME.release()
    if said is None:
        message = "The body takes more memory or time than switch states of its size do; it is refused."
        raise LimitError("body_too_costly", message, "body")
    if "error" in said:
        name, code, message, about = said["error"]
        kind: type[TopogroupError] = getattr(errors, name, ModelError)
        raise kind(code, message, about)
    return _batch(said)


def as_document(batch: Batch) -> dict[str, Any]:
    """Return a batch of `read_rdf` as JSON values."""
    key = batch.key
    return {
        "operations": [one.as_dict() for one in batch.operations],
        "atomic": batch.atomic,
        "key": [key.source, key.sequence, key.digest],
        "ignored": batch.ignored,
        "required": [[one.operation.as_dict(), one.place, one.before] for one in batch.required],
    }


def _batch(said: dict[str, Any]) -> Batch:
    ignored = said["ignored"]
    return Batch(
        tuple(SwitchOperation.from_dict(one) for one in said["operations"]),
        said["atomic"],
        RequestKey(*said["key"]),
        None if ignored is None else tuple((what, count) for what, count in ignored),
        tuple(Requirement(SwitchOperation.from_dict(one), place, at) for one, place, at in said["required"]),
    )


def _in_child(data: bytes, asked: Asked) -> dict[str, Any] | None:
    """Return what the process says, None = it ended before."""
    request = {
        "bytes": len(data),
        "asked": [asked.source, asked.sequence, asked.atomic],
        "memory_bytes": limits.IMPORT_MEMORY_BYTES_MIN + limits.SWITCHING_XML_MEMORY_PER_BYTE * len(data),
        "seconds": limits.DIFFERENCE_SECONDS_MAX,
    }
    said: dict[str, Any] | None = child.asked(_MODULE, request, data, timeout_s=limits.DIFFERENCE_SECONDS_MAX)
    return said
