"""Problems: every refusal as `application/problem+json` (RFC 9457), one sentence that names object, place and mend."""

from __future__ import annotations

import json
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from cim_models.errors import (
    BatchError,
    BusyError,
    ConflictError,
    IdError,
    JournalError,
    LimitError,
    ModelError,
    NotFoundError,
    OptionError,
    PreconditionError,
    RefusedError,
    SnapshotError,
    TopogroupError,
)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 1

_STATUS: Final[tuple[tuple[type[TopogroupError], int], ...]] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (PreconditionError, 412),
    (BatchError, 422),
    (RefusedError, 422),
    (BusyError, 503),
    (JournalError, 503),
    (LimitError, 413),
    (ModelError, 422),
    (IdError, 422),
    (OptionError, 422),
    (SnapshotError, 500),
)
_OF_CODE: Final = {"precondition_required": 428, "bad_json": 400, "bad_position": 400, "store_timeout": 504}

_TITLES: Final = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed from there",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed since it was read",
    413: "Too large",
    421: "Not this host",
    422: "Refused",
    428: "If-Match is needed",
    500: "Internal error",
    503: "Not now",
    504: "Took too long",
}

_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "object"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence: object, place and mend."},
        "code": {"type": "string", "description": "A stable word for programs."},
        "object": {"type": ["string", "null"]},
    },
}
_CONTENT: Final = {MEDIA_TYPE: {"schema": _SCHEMA}}

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {"description": "A problem (RFC 9457)", "content": _CONTENT},
    422: {"description": "Refused", "content": _CONTENT},
}
"""What the OpenAPI document says of refusals."""

_log = structlog.get_logger("problems")


def status_of(error: TopogroupError) -> int:
    """Return the HTTP status of an error."""
    if error.code in _OF_CODE:
        return _OF_CODE[error.code]
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def problem(
    status: int, code: str, detail: str, object_: str | None = None, **more: Any  # noqa: ANN401 - JSON
) -> Response:
    """Return a problem as a response.

    Args:
        status: HTTP status.
        code: stable word for programs.
        detail: one sentence for people.
        object_: what it is about.
        more: further members.
    """
    body = {
        "type": f"urn:topogroup:problem:{code}",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "code": code,
        "object": object_,
        **more,
    }
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else None
    content = json.dumps(body, ensure_ascii=False).encode(errors="backslashreplace")
    return Response(content, status, headers, MEDIA_TYPE)


def problem_of(error: TopogroupError) -> Response:
    """Return an error as a response."""
    more: dict[str, Any] = {}
    if isinstance(error, BatchError):
        more["rejected"] = error.rejected
    return problem(status_of(error), error.code, error.message, error.object, **more)


def install_problems(app: FastAPI) -> None:
    """Make an application answer every error as a problem."""

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, TopogroupError)
        return problem_of(error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "no_such_route", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        # what no route answers ends at the page's files, which know HEAD
        if request.method == "HEAD" and request.url.path.startswith("/v1/"):
            error = HTTPException(405)
            code = "method_not_allowed"
        detail = f"There is no {request.method} {request.url.path[:200]}; /openapi.json lists what there is."
        response = problem(error.status_code, code, detail, request.url.path[:200])
        response.headers.update(error.headers or {})
        return response

    async def unreadable(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        name = str(first["loc"][-1])[:100]
        return problem(422, "bad_parameter", f"The parameter {name} is impossible: {first['msg']}.", name)

    async def gone(_: Request, __: Exception) -> Response:
        return problem(400, "client_gone", "The client went away before its request was complete.")

    async def unexpected(request: Request, error: Exception) -> Response:
        _log.error("internal_error", path=request.url.path, exc_info=error)
        return problem(500, "internal", "The service failed; its log says why.")

    app.add_exception_handler(TopogroupError, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Exception, unexpected)
