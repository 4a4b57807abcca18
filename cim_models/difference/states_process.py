"""The process that looks at a difference model which a service received: is it about switch states alone?

It may be packed a thousandfold or be one object with millions of parts, and that shall cost the service nothing. One
line of JSON in: path and limits. One line of JSON out: the difference where it is about switch states alone, else null.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cim_models import child, limits
from cim_models.errors import TopogroupError


def main() -> None:
    """Run as the child; what cannot be read is null as well: whoever makes a version of it says what is wrong."""
    request = json.loads(sys.stdin.buffer.readline())
    child.confine(request["memory_bytes"], request["seconds"])
    child.end_with_parent()
    from cim_models.difference.asking import as_document, read_states

    try:
        difference = read_states(Path(request["path"]))
    except (TopogroupError, ValueError, MemoryError):
        difference = None
    if difference is not None and sum(1 for _ in difference) > 2 * limits.SWITCHING_OPERATIONS_MAX:
        difference = None
    sys.stdout.write(json.dumps(None if difference is None else as_document(difference)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
