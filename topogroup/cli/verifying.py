"""`topogroup verify`: is the journal what was written, and does its log lead to the state that it holds?"""

from __future__ import annotations

import sys
from pathlib import Path

from cim_models.errors import JournalError
from topogroup.cli import output


def run(data_dir: Path, as_json: bool) -> None:
    """Check the hash chain, decide the whole log again, compare; exit code 1 where something differs.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    from topogroup.engine.recovery import recovered
    from topogroup.engine.replay import differences, replayed
    from topogroup.engine.shelf import ModelShelf
    from topogroup.journal.sqlite import SqliteJournal

    path = data_dir / "journal.sqlite"
    if not path.is_file():
        raise JournalError("no_journal", f"There is no journal in {data_dir}; name the data directory.", str(data_dir))
    # to read alone: a service may be writing
    journal, shelf = SqliteJournal(path, read_only=True), ModelShelf(data_dir / "models")
    try:
        broken = journal.broken_chain()
        stored = recovered(journal.load(), shelf)
        rows = (row for row in journal.all_log() if row.revision <= stored.revision)
        found = differences(stored, replayed(rows, shelf, stored.generation))
    finally:
        journal.close()
    if broken is not None:
        found.insert(0, f"revision {broken} or its events are not what was written")
    if as_json:
        output.print_json({"revision": stored.revision, "events": stored.last_event, "differences": found})
    elif found:
        for sentence in found:
            output.print_line(sentence)
    else:
        output.print_line(f"{stored.revision} revisions, {stored.last_event} events: all is as it was written.")
    if found:
        sys.exit(1)
