"""Ownership of a data directory: one process at a time may write into it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from cim_models.errors import ConflictError, OptionError


class Ownership:
    """The lock of a data directory, held until `release`."""

    def __init__(self, path: Path, mend: str) -> None:
        """Make the directory where it is missing, and take it.

        Args:
            path: the directory.
            mend: what to do where another process holds it, as the end of a sentence.

        Raises:
            OptionError: it cannot be made or written.
            ConflictError: another process holds it.
        """
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            message = f"The data directory {path} cannot be used: {error.strerror}."
            raise OptionError("data_dir_unusable", message, str(path)) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise ConflictError("data_dir_in_use", f"Another service runs on {path}; {mend}.", str(path)) from error

    def release(self) -> None:
        """Give the directory free."""
        os.close(self._lock)
