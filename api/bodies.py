"""Bodies: JSON in, bounded and checked off the event loop; JSON out."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cim_models import limits
from cim_models.errors import LimitError, OptionError
from topogroup.engine.commands import RequestKey

_PIECE: Final = 500
"""Items of a list that are written at once, about a millisecond."""

Body = TypeVar("Body", bound=BaseModel)

_SOURCE_OF_KEYS: Final = "http"
"""Source of commands that carry an Idempotency-Key and no source of their own."""


async def body_of(request: Request, kind: type[Body]) -> Body:
    """Read the JSON body of a request.

    Args:
        request: the request.
        kind: what it must be.

    Raises:
        LimitError: it is too large.
        OptionError: it is no JSON, or not what it must be.
    """
    raw = await bytes_of(request)
    if len(raw) < 10_000:
        return parsed(raw, kind)
    return await run_in_threadpool(parsed, raw, kind)


async def bytes_of(request: Request, most: int | None = None) -> bytes:
    """Read the body of a request.

    Args:
        request: the request.
        most: how many bytes it may have, None = as many as JSON.

    Raises:
        LimitError: it is larger.
    """
    most = limits.JSON_BODY_BYTES_MAX if most is None else most
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise LimitError("body_too_large", f"The body is larger than {most} bytes.")
        parts.append(part)
    return b"".join(parts)


def media_type_of(request: Request) -> str:
    """Return the content type of a request in lower case, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parsed(raw: bytes, kind: type[Body]) -> Body:
    """Return JSON as what it must be.

    Raises:
        OptionError: it is no JSON, or not what it must be.
    """
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        raise OptionError("bad_json", f"The body is no JSON: {first['msg']}.")
    place = ".".join(str(part) for part in first["loc"])[:100]
    says = str(first["msg"])[:300].rstrip(".")
    raise OptionError("bad_body", f"The body is not as it must be at {place or 'its top'}: {says}.", place or None)


def schema_of(kind: type[BaseModel]) -> dict[str, Any]:
    """Return what a route adds to the OpenAPI document for its JSON body."""
    schema = kind.model_json_schema()
    parts = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inlined(schema, parts)}}}}


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
        return {key: _inlined(value, parts) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(value, parts) for value in schema]
    return schema


def request_key(source: str, sequence: str, said: BaseModel) -> RequestKey:
    """Return what makes a command the same when it is sent again; blanks and order of keys do not count."""
    plain = json.dumps(said.model_dump(mode="json"), sort_keys=True).encode()
    return RequestKey(source, sequence, hashlib.sha256(plain).hexdigest())


def key_of_header(request: Request, said: BaseModel) -> RequestKey | None:
    """Return the same from the header Idempotency-Key, None where there is none.

    Raises:
        OptionError: the header cannot be a key.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    if not 0 < len(given) <= limits.REQUEST_ID_CHARACTERS_MAX:
        most = limits.REQUEST_ID_CHARACTERS_MAX
        raise OptionError("idempotency_key", f"Idempotency-Key has 1 to {most} characters.", "Idempotency-Key")
    plain = f"{request.method} {request.url.path} ".encode()
    key = request_key(_SOURCE_OF_KEYS, given, said)
    return RequestKey(key.source, key.sequence, hashlib.sha256(plain + key.digest.encode()).hexdigest())


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401 - JSON
    """Return JSON; half characters of hostile names are escaped rather than refused."""
    return Response(encoded(content), status, headers, "application/json")


def encoded(content: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return JSON as bytes; long lists piece by piece, so that other threads get their turn."""
    if isinstance(content, dict):
        members = (json.dumps(name).encode() + b":" + encoded(value) for name, value in content.items())
        return b"{" + b",".join(members) + b"}"
    if isinstance(content, list) and len(content) > _PIECE:
        pieces = (encoded(content[at : at + _PIECE])[1:-1] for at in range(0, len(content), _PIECE))
        return b"[" + b",".join(pieces) + b"]"
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode(errors="backslashreplace")
