"""The process that reads large XML with switch states: what it holds and how long it takes is bounded.

One line of JSON in, with limits and what the address says, then the body. One line of JSON out: the batch, or the
error.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from cim_models import child, errors
from cim_models.errors import TopogroupError


def main() -> None:
    """Run as the child."""
    request = json.loads(sys.stdin.buffer.readline())
    child.confine(request["memory_bytes"], request["seconds"])
    from api.feeds.batch import Asked
    from api.feeds.rdf_bodies import as_document
    from api.feeds.rdf_states import read_rdf

    data = sys.stdin.buffer.read(request["bytes"])
    child.end_with_parent()
    said: dict[str, Any]
    try:
        said = as_document(read_rdf(data, Asked(*request["asked"])))
    except TopogroupError as error:
        known = next(one for one in type(error).__mro__ if one.__module__ == errors.__name__)
        said = {"error": [known.__name__, error.code, error.message, error.object]}
    except MemoryError:
        return
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
