"""Serving: the service in the foreground, until it is told to end. The program finds it as an entry point."""

from __future__ import annotations

import ipaddress
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from api.app import make_app
from api.logs import set_up_logs
from api.service import Service
from cim_models import limits
from cim_models.errors import OptionError
from topogroup.settings import Settings

Tell = Callable[[str, str, Path], None]
"""Is told the URL, the token and the data directory, before anything is loaded."""


def serve(
    settings: Settings, models: Sequence[Path], templates: Sequence[str], tell: Tell, *, any_port: bool = False
) -> None:
    """Serve; models and templates are made unless they are there already.

    Args:
        settings: where and how.
        models: files that together are one network, none = what was active before.
        templates: as users write them.
        tell: hears the address once it is sure.
        any_port: take any free port where that of the settings is in use.

    Raises:
        TopogroupError: the service cannot start, or had to end by itself.
    """
    bound = listener(settings.host, settings.port, or_any=any_port)
    try:
        set_up_logs()
        service = Service(settings)
    except BaseException:
        bound.close()
        raise
    service.at_start([path.absolute() for path in models], templates)
    server = _Server(service)
    service.on_end = lambda: setattr(server, "should_exit", True)
    # uvicorn raises the signal again once it has ended; with these that does nothing, and the exit code is 0
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda _signal, _frame: None)
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    tell(f"http://{name}:{bound.getsockname()[1]}", service.directory.token, service.directory.path)
    server.run(sockets=[bound])
    if service.fatal is not None:
        raise service.fatal


class _Server(uvicorn.Server):
    """Ends the streams before it waits for the requests under way."""

    def __init__(self, service: Service) -> None:
        self._service = service
        super().__init__(
            uvicorn.Config(
                make_app(service),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(limits.SHUTDOWN_S),
                lifespan="on",
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self._service.stopping()
        super().handle_exit(sig, frame)


def listener(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """Return the socket to listen on, so that the address is known, and free, before anything else begins.

    Args:
        host: a loopback address, or localhost.
        port: 0 = any free one.
        or_any: take any free one where the port is in use.

    Raises:
        OptionError: the address is not one of this machine alone, or the port cannot be used.
    """
    name = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        message = f"The service listens on loopback only, such as 127.0.0.1, not on {host[:60]!r}."
        raise OptionError("host_not_loopback", message, host[:60])
    # with the protocol named, asyncio sends small answers at once; without, each waits 40 ms for the receiver
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((str(address), port))
        bound.listen(1024)
    except OSError as error:
        bound.close()
        if or_any and port:
            return listener(host, 0)
        message = f"Port {port} of {host} cannot be used ({error.strerror}); name another one with --port, 0 = any."
        raise OptionError("port_unusable", message, str(port)) from error
    bound.set_inheritable(False)
    return bound
