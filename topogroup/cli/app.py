"""The program `topogroup`: its commands, and how errors end it.

Heavy imports stand inside the commands, so that `topogroup --help` answers at once. Every error is one line on
stderr and exit code 2; with --json the line is JSON. Nothing but the answer goes to stdout.
"""

from __future__ import annotations

import json
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, cast

import typer

from cim_models.errors import TopogroupError
from topogroup import __version__
from topogroup.cli import differencing

# typer brings its own copy of click in newer versions, so its base of all usage errors is found by name
_UsageError = cast(
    "type[Exception]", next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
)

app = typer.Typer(
    name="topogroup",
    help="Groups distributed energy resources by where they hang in the network, as it is switched now.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Models = Annotated[
    list[Path],
    typer.Argument(metavar="MODEL…", help="Files of any form (.gz too), folders or zips: together ONE network."),
]
Opened = Annotated[list[str] | None, typer.Option("--open", metavar="ID[:PHASES]", help="Open a switch.")]
Closed = Annotated[list[str] | None, typer.Option("--close", metavar="ID[:PHASES]", help="Close a switch.")]
Heads = Annotated[
    Path | None, typer.Option("--heads", metavar="FILE", help="YAML: feeders: [{name, head, substation?}].")
]
Sources = Annotated[Path | None, typer.Option("--sources", metavar="FILE", help="YAML: sources: [id].")]
StandingHeads = Annotated[
    Path | None,
    typer.Option("--heads", metavar="FILE|none", help="As of attach, kept with each model that is read; none ends it."),
]
StandingSources = Annotated[
    Path | None,
    typer.Option("--sources", metavar="FILE|none", help="As of attach, kept with each model; none ends it."),
]
AliasFile = Annotated[
    Path | None, typer.Option("--aliases", metavar="FILE", help="CSV: [source,]alias,mrid; names of switches.")
]
PSign = Annotated[
    str | None,
    typer.Option("--p-sign", metavar="load|generation", help="What positive power means where the files do not say."),
]
PowerUnit = Annotated[str | None, typer.Option("--power-unit", metavar="W|MW", help="Unit of powers in the files.")]
LocalCrs = Annotated[
    str | None,
    typer.Option("--local-crs", metavar="EPSG:N", help="System of positions that name none, or that of a drawing."),
]
BrokenStates = Annotated[
    str | None,
    typer.Option(
        "--broken-states",
        metavar="refuse|unknown",
        help="An ill-formed state file (SSH, SV): refuse, or hold the switches whose state is missing for unknown.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
By = Annotated[
    list[str],
    typer.Option(
        "--by",
        metavar="KEY[,KEY]",
        help="substation, transformer, feeder, section, service_transformer, kind; joined by commas for products.",
    ),
]

DataDir = Annotated[Path | None, typer.Option("--data-dir", metavar="D", help="Where everything is kept.")]
Port = Annotated[int | None, typer.Option("--port", metavar="P", min=0, max=65535, help="Port, 0 = any free one.")]


@app.callback(invoke_without_command=True)
def _program(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Groups distributed energy resources by where they hang in the network, as it is switched now."""
    if version:
        typer.echo(f"topogroup {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def inspect(
    models: Models,
    heads: Heads = None,
    sources: Sources = None,
    p_sign: PSign = None,
    power_unit: PowerUnit = None,
    local_crs: LocalCrs = None,
    broken_states: BrokenStates = None,
    as_json: Json = False,
) -> None:
    """Load a model and report what is in it, by which rules it was read, and what is wrong with it."""
    from cim_models.conventions import Conventions
    from topogroup.cli import inspecting

    inspecting.run(models, heads, sources, as_json, Conventions(p_sign, power_unit, local_crs, broken_states))


@app.command()
def attach(
    models: Models,
    opened: Opened = None,
    closed: Closed = None,
    heads: Heads = None,
    sources: Sources = None,
    aliases: AliasFile = None,
    state: Annotated[
        str, typer.Option("--state", metavar="current|normal", help="Where current starts from.")
    ] = "current",
    p_sign: PSign = None,
    power_unit: PowerUnit = None,
    local_crs: LocalCrs = None,
    broken_states: BrokenStates = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show where every DER hangs: substation, transformer, feeder, section; normally and now."""
    from cim_models.conventions import Conventions
    from topogroup.cli import attaching

    said = Conventions(p_sign, power_unit, local_crs, broken_states)
    attaching.run(models, (opened or [], closed or []), heads, sources, aliases, state, as_json, as_csv, said)


@app.command()
def groups(
    models: Models,
    by: By,
    heads: Heads = None,
    sources: Sources = None,
    p_sign: PSign = None,
    power_unit: PowerUnit = None,
    local_crs: LocalCrs = None,
    broken_states: BrokenStates = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show the DER groups of one or more templates, with their members."""
    from cim_models.conventions import Conventions
    from topogroup.cli import grouping

    said = Conventions(p_sign, power_unit, local_crs, broken_states)
    grouping.run_groups(models, by, heads, sources, as_json, as_csv, said)


@app.command()
def changes(
    models: Models,
    by: By,
    opened: Opened = None,
    closed: Closed = None,
    heads: Heads = None,
    sources: Sources = None,
    aliases: AliasFile = None,
    p_sign: PSign = None,
    power_unit: PowerUnit = None,
    local_crs: LocalCrs = None,
    broken_states: BrokenStates = None,
    as_json: Json = False,
    as_xml: Annotated[bool, typer.Option("--xml", help="Print the IEC 61968-5 messages, one a line.")] = False,
) -> None:
    """Show which DER would leave and join which groups if switches were operated."""
    from cim_models.conventions import Conventions
    from topogroup.cli import grouping

    said = Conventions(p_sign, power_unit, local_crs, broken_states)
    grouping.run_changes(models, by, (opened or [], closed or []), heads, sources, aliases, as_json, as_xml, said)


@app.command()
def plan(
    models: Models,
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN", help="CSV: step,switch,action[,phases,at,…]; or IEC 61968-3 XML.")
    ],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="KEY[,KEY]", help="Groups to watch; by substation and by feeder if not said."),
    ] = None,
    heads: Heads = None,
    sources: Sources = None,
    aliases: AliasFile = None,
    p_sign: PSign = None,
    power_unit: PowerUnit = None,
    local_crs: LocalCrs = None,
    broken_states: BrokenStates = None,
    as_json: Json = False,
) -> None:
    """Show what a switching plan would do, step by step: to groups, to supply, what it parallels."""
    from cim_models.conventions import Conventions
    from topogroup.cli import planning

    said = Conventions(p_sign, power_unit, local_crs, broken_states)
    planning.run(models, plan_file, by or [], heads, sources, aliases, as_json, said)


@app.command()
def regroup(
    models: Annotated[
        list[Path],
        typer.Argument(metavar="MODEL…", help="A whole model; or difference models, in order; or files of states."),
    ],
    data_dir: DataDir = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="Who runs it, for --sequence.")] = None,
    sequence: Annotated[
        str | None, typer.Option("--sequence", metavar="KEY", help="Number of the run: the same again does nothing.")
    ] = None,
    heads: StandingHeads = None,
    sources: StandingSources = None,
    p_sign: PSign = None,
    power_unit: PowerUnit = None,
    local_crs: LocalCrs = None,
    broken_states: BrokenStates = None,
    as_json: Json = False,
) -> None:
    """Take a new model, a difference model or operating states into a store: which DER move, which groups change."""
    from topogroup.cli import regrouping

    said = {"p_sign": p_sign, "power_unit": power_unit, "local_crs": local_crs, "broken_states": broken_states}
    flags = {"data_dir": data_dir, "heads_file": heads, "sources_file": sources, **said}
    regrouping.run(regrouping.Asked(models, dry_run, source, sequence), flags, as_json)


@app.command(cls=differencing.SpreadCommand)
def difference(
    old: Annotated[list[Path], differencing.Old],
    new: Annotated[list[Path], differencing.New],
    out: Annotated[Path, differencing.Out],
    as_json: Json = False,
) -> None:
    """Write the difference model (IEC 61970-552) that leads from one version of a network to another."""
    differencing.run(old, new, out, as_json)


@app.command()
def generate(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="File to write; .gz compresses. A truth file goes beside it.")
    ],
    substations: Annotated[int | None, typer.Option("--substations", help="Primary substations.")] = None,
    feeders: Annotated[int | None, typer.Option("--feeders", help="Feeders of each substation.")] = None,
    ders: Annotated[int | None, typer.Option("--ders", help="DER of the whole network.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Same seed, same bytes.")] = None,
    sections: Annotated[int | None, typer.Option("--sections", help="Switched parts of each feeder's trunk.")] = None,
    lines: Annotated[int | None, typer.Option("--lines", help="Line segments of each of these parts.")] = None,
) -> None:
    """Write a synthetic CIM100 network of any size, with the truth about its DER and ties."""
    from topogroup.cli import generating

    generating.run(out, substations, feeders, ders, seed, sections, lines)


@app.command()
def serve(
    models: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[MODEL…]", help="Files of any form (.gz too), folders or zips: together ONE network."),
    ] = None,
    data_dir: DataDir = None,
    database: Annotated[str | None, typer.Option("--database", metavar="URL", help="Journal: sqlite:///FILE.")] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="H", help="Loopback address, 127.0.0.1.")] = None,
    port: Port = None,
    heads: StandingHeads = None,
    sources: StandingSources = None,
    p_sign: PSign = None,
    power_unit: PowerUnit = None,
    local_crs: LocalCrs = None,
    broken_states: BrokenStates = None,
    as_json: Json = False,
) -> None:
    """Serve groups over HTTP, with a page: switch operations in, change notifications out."""
    from topogroup.cli import serving

    flags = {"data_dir": data_dir, "database": database, "host": host, "port": port}
    given = {"heads_file": heads, "sources_file": sources}
    said = {"p_sign": p_sign, "power_unit": power_unit, "local_crs": local_crs, "broken_states": broken_states}
    serving.run(models or [], {**flags, **given, **said}, as_json)


@app.command()
def demo(data_dir: DataDir = None, port: Port = None, as_json: Json = False) -> None:
    """Serve a generated network with groups per substation and feeder: nothing else is needed."""
    from topogroup.cli import serving

    serving.run_demo(data_dir, port, as_json)


@app.command()
def verify(
    data_dir: Annotated[Path, typer.Option("--data-dir", metavar="D", help="Data directory of a service.")] = Path(
        "topogroup-data"
    ),
    as_json: Json = False,
) -> None:
    """Check that the journal is what was written, and that its log leads to the state that it holds."""
    from topogroup.cli import verifying

    verifying.run(data_dir, as_json)


def main() -> None:
    """Run the program; every refusal is one clear line and exit code 2."""
    _write_utf8()
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code or 0)
    except TopogroupError as error:
        _refuse(error)
    except typer.Abort:
        _refuse(TopogroupError("interrupted", "Interrupted.", None), 130)
    except _UsageError as error:
        text = error.format_message()  # type: ignore[attr-defined]
        _refuse(TopogroupError("usage", f"{text.rstrip('.')}; see `topogroup --help`.", None))
    except SystemExit as stop:
        # typer turns a broken pipe into exit code 1
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        _end_quietly()
    except BrokenPipeError:
        _end_quietly()
    except OSError as error:
        _refuse(TopogroupError("file_unreadable", f"{error.filename or 'A file'}: {error.strerror}.", error.filename))
    except MemoryError:
        _refuse(TopogroupError("out_of_memory", "The model does not fit into the memory of this machine.", None))


def _write_utf8() -> None:
    """Write UTF-8 into files and pipes whatever the locale; a terminal keeps its encoding and shows what it can."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _end_quietly() -> None:
    """Whoever read our output has enough: that is no error, and closing stdout again must not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


def _refuse(error: TopogroupError, code: int = 2) -> None:
    if "--json" in sys.argv[1:]:
        line = json.dumps({"error": error.as_dict()}, ensure_ascii=False)
    else:
        words = "topogroup: " + " ".join(error.message.split())
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in words)
    print(line, file=sys.stderr)
    sys.exit(code)
