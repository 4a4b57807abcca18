"""`topogroup serve` and `topogroup demo`: the service in the foreground, until it is told to end."""

from __future__ import annotations

import ipaddress
import json
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from cim_models import importing, limits
from cim_models.errors import OptionError
from topogroup.cli import output

_EXTRA = "topogroup[server]"
DEMO_TEMPLATES = ("substation", "feeder")


def run(
    models: Sequence[Path],
    data_dir: Path | None,
    database: str | None,
    host: str | None,
    port: int | None,
    as_json: bool,
    templates: Sequence[str] = (),
    any_port: bool = False,
) -> None:
    """Serve; models and templates are made unless they are there already; `any_port` allows another port.

    Raises:
        TopogroupError: the service cannot start, or had to end by itself.
    """
    try:
        import uvicorn

        from api.app import make_app
        from api.logs import set_up_logs
        from api.service import Service
        from topogroup.settings import read_settings
    except ModuleNotFoundError as error:
        message = f"The service needs the package {error.name}; install {_EXTRA}."
        raise OptionError("extra_missing", message, error.name) from error

    class Server(uvicorn.Server):
        """Ends the streams before it waits for the requests under way."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Begin to end."""
            service.stopping()
            super().handle_exit(sig, frame)

    settings = read_settings(data_dir=data_dir, database=database, host=host, port=port)
    if models:
        importing.check_there(models)
    listener = _listener(settings.host, settings.port, or_any=any_port)
    try:
        set_up_logs()
        service = Service(settings)
    except BaseException:
        listener.close()
        raise
    service.at_start([path.absolute() for path in models], templates)
    config = uvicorn.Config(
        make_app(service),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(limits.SHUTDOWN_S),
        lifespan="on",
    )
    server = Server(config)
    service.on_end = lambda: setattr(server, "should_exit", True)
    # uvicorn raises the signal again once it has ended; with these that does nothing, and the exit code is 0
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda _signal, _frame: None)
    _tell(settings.host, listener.getsockname()[1], service.directory.token, service.directory.path, as_json)
    server.run(sockets=[listener])
    if service.fatal is not None:
        raise service.fatal


def run_demo(data_dir: Path | None, port: int | None, as_json: bool) -> None:
    """Serve a generated network with groups per substation and feeder; without a directory nothing of it stays.

    Raises:
        TopogroupError: the service cannot start.
    """
    from cim_models.generate import NetworkSpec, generate

    with ExitStack() as stack:
        home = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="topogroup-demo-")))
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        sample = home / "demo.xml"
        generate(sample, NetworkSpec())
        run([sample], home, None, None, port, as_json, DEMO_TEMPLATES, any_port=port is None)


def _listener(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """Return the socket to listen on, so that the address is known, and free, before anything else begins."""
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
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((str(address), port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if or_any and port:
            return _listener(host, 0)
        message = f"Port {port} of {host} cannot be used ({error.strerror}); name another one with --port, 0 = any."
        raise OptionError("port_unusable", message, str(port)) from error
    listener.set_inheritable(False)
    return listener


def _tell(host: str, port: int, token: str, home: Path, as_json: bool) -> None:
    """Say where the service is, before it loads anything."""
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{port}"
    if as_json:
        sys.stdout.write(json.dumps({"url": url, "token": token}) + "\n")
    else:
        output.print_line(f"topogroup serves at {url}/?token={token}")
        output.print_line(f"Its data lies in {home}; Ctrl-C ends it.")
    sys.stdout.flush()
