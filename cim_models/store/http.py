"""HTTP to one server: bounded in time and bytes, with a token from a file, and never redirected elsewhere."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cim_models import limits
from cim_models.errors import BusyError, OptionError, RefusedError

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PIECE: Final = 1 << 16
_TOO_MANY: Final = frozenset({408, 429})


class Answer:
    """What a server answers, read piece by piece until a point in time."""

    def __init__(self, response: http.client.HTTPResponse, sock: object, server: str, deadline: float) -> None:
        """Keep the parts."""
        self._response, self._sock, self._server, self._deadline = response, sock, server, deadline

    def pieces(self, bytes_max: int) -> Iterator[bytes]:
        """Yield the body.

        Args:
            bytes_max: after so many bytes it ends, whatever the server still sends.

        Raises:
            TimeoutError: it takes too long.
        """
        size = 0
        while size < bytes_max:
            _allow(self._sock, self._deadline)
            piece = self._response.read1(min(_PIECE, bytes_max - size))
            if not piece:
                return
            size += len(piece)
            yield piece

    def lines(self, bytes_max: int) -> Iterator[str]:
        """Yield the whole lines of the body without their ends; as `pieces`."""
        rest = b""
        for piece in self.pieces(bytes_max):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.rstrip(b"\r").decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")


class Server:
    """Sends requests to the addresses of one server; nothing stays open between them."""

    def __init__(self, token_file: Path | None) -> None:
        """Keep where the token lies; it is read for each request, so that it can be renewed."""
        self._token_file = token_file

    @contextmanager
    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Iterator[Answer]:
        """Send a request and hand out the answer while the connection stands.

        Args:
            method: GET, PUT, POST.
            url: as `check_url` takes it, with a query.
            headers: beside Authorization.
            body: what is sent.
            seconds: for all of it, reading the answer too.

        Raises:
            RefusedError: the server refuses, or answers elsewhere (`store_redirects`).
            BusyError: it cannot be reached, is overloaded or broken.
            TimeoutError: it takes too long.
        """
        parts, deadline = urlsplit(url), time.monotonic() + seconds
        connection = _connection(parts, seconds)
        server, response = parts.netloc, None
        try:
            connection.request(method, f"{parts.path or '/'}?{parts.query}", body, {**headers, **self._authorization()})
            sock = connection.sock
            _allow(sock, deadline)
            response = connection.getresponse()
            answer = Answer(response, sock, server, deadline)
            _check(response, answer, server)
            yield answer
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            message = (
                f"The RDF store at {server} cannot be asked: {str(error) or type(error).__name__}; try again later."
            )
            raise BusyError("store_unreachable", message, server) from error
        finally:
            if response is not None:
                response.close()
            connection.close()

    def _authorization(self) -> dict[str, str]:
        if self._token_file is None:
            return {}
        try:
            with self._token_file.open("rb") as stream:
                token = stream.read(limits.STORE_TOKEN_BYTES_MAX).decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"The token of the RDF store cannot be read from {self._token_file}: {error}."
            raise BusyError("store_token", message, str(self._token_file)) from error
        if not token.isprintable() or not token:
            message = f"{self._token_file} holds no token: one line of printable characters."
            raise BusyError("store_token", message, str(self._token_file))
        return {"Authorization": token if " " in token else f"Bearer {token}"}


def check_url(url: str, *, secret: bool) -> None:
    """Refuse an address that is none, or that would carry a token in the clear.

    Args:
        url: where a server is.
        secret: a token is sent there.

    Raises:
        OptionError: it is no address, has a user name or fragment, or is http beyond this machine with a token.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OptionError("store_url", f"{url[:200]!r} is no address of an RDF store.", url[:200]) from None
    plain = parts.scheme in ("http", "https") and parts.hostname and port != 0
    if not plain or parts.username is not None or parts.fragment or not url.isascii() or not url.isprintable():
        message = (
            f"{url[:200]!r} is no address of an RDF store; it is like https://host:port/path, without a user name."
        )
        raise OptionError("store_url", message, url[:200])
    if secret and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        message = f"{url[:200]} would carry the token in the clear; use https."
        raise OptionError("store_url", message, url[:200])


def _connection(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    assert parts.hostname is not None
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=seconds, context=context)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)


def _check(response: http.client.HTTPResponse, answer: Answer, server: str) -> None:
    """Refuse what is no success."""
    status = response.status
    if status < 300:
        return
    if status < 400:
        message = f"The RDF store at {server} sends elsewhere ({status}), which is not followed; set its real address."
        raise RefusedError("store_redirects", message, server)
    said = b"".join(answer.pieces(limits.STORE_REFUSAL_BYTES)).decode(errors="replace")
    said = " ".join("".join(one if one.isprintable() else " " for one in said).split())[:300].rstrip(".")
    message = f"The RDF store at {server} answers {status}: {said or response.reason}."
    if status >= 500 or status in _TOO_MANY:
        raise BusyError("store_unreachable", message, server)
    raise RefusedError("query_failed" if status in (400, 422) else "store_refuses", message, server)


def _allow(sock: object, deadline: float) -> None:
    """Give a socket the time that is left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    set_timeout = getattr(sock, "settimeout", None)
    if set_timeout is not None:
        set_timeout(left)
