"""`topogroup serve` and `topogroup demo`: from the words of the command line to the service of the package `api`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from cim_models import importing
from cim_models.errors import OptionError
from topogroup.cli import output

DEMO_TEMPLATES: Final = ("substation", "feeder")

_ENTRY_POINT: Final = "topogroup.server"


def run(
    models: Sequence[Path],
    flags: Mapping[str, Any],
    as_json: bool,
    templates: Sequence[str] = (),
    any_port: bool = False,
) -> None:
    """Serve; models and templates are made unless they are there already.

    Args:
        models: files that together are one network.
        flags: settings by name as the command line says them, None = not said.
        as_json: tell the address as JSON.
        templates: templates to make.
        any_port: another port will do.

    Raises:
        TopogroupError: the service cannot start, or had to end by itself.
    """
    try:
        from topogroup.settings import read_settings

        serve: Callable[..., None] = next(iter(entry_points(group=_ENTRY_POINT))).load()
    except ModuleNotFoundError as error:
        message = f"The service needs the package {error.name}; install topogroup[server]."
        raise OptionError("extra_missing", message, error.name) from error
    settings = read_settings(**flags)
    importing.check_there(models)

    def tell(url: str, token: str, home: Path) -> None:
        _tell(url, token, home, as_json)

    serve(settings, models, templates, tell, any_port=any_port)


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
        flags = {"data_dir": home, "port": port}
        run([sample], flags, as_json, DEMO_TEMPLATES, any_port=port is None)


def _tell(url: str, token: str, home: Path, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"url": url, "token": token}) + "\n")
    else:
        output.print_line(f"topogroup serves at {url}/?token={token}")
        output.print_line(f"Its data lies in {home}; Ctrl-C ends it.")
    sys.stdout.flush()
