"""Files that appear whole or not at all, compressed where their name says so."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# Fast, and still a fifteenth of the XML.
_GZIP_LEVEL: Final = 3


def truth_path(out: Path) -> Path:
    """Give the name of the truth file that lies beside a network file.

    Args:
        out: the network file, for example `net.xml` or `net.xml.gz`.

    Returns:
        The path, for example `net.truth.json`.
    """
    name = out.name.removesuffix(".gz")
    return out.with_name(f"{Path(name).stem}.truth.json")


@contextmanager
def written_whole(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for writing that replaces `path` only when the block ends well.

    Args:
        path: the file to write; with the ending `.gz` it is compressed, without time or name in its header.

    Yields:
        The stream to write bytes to.

    Raises:
        OSError: the file cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as compressed:
                    yield compressed
            else:
                yield raw
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
