"""The data directory: one service at a time owns it, and its token lies in it.

    D/token             one line, readable by its owner alone
    D/lock              held by the running service
    D/journal.sqlite    the journal
    D/models/           models that were read
    D/uploads/          models while they are received
    D/answers/          answers of keyed runs of `topogroup regroup`
    D/aliases/          tables of aliases, by source
    D/rdf-store/        the RDF store, where it is kept on disk

What is missing is made anew; only what was in it is gone.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from topogroup.engine.ownership import Ownership

_TOKEN_BYTES: Final = 32


class DataDirectory:
    """A data directory that this process owns until `close`."""

    def __init__(self, path: Path) -> None:
        """Make the directory where it is missing, and take it.

        Args:
            path: the directory.

        Raises:
            OptionError: it cannot be made or written.
            ConflictError: another service runs on it.
        """
        self.path = path.absolute()
        self._owned = Ownership(self.path, "stop it, or name another directory with --data-dir")
        self.uploads.mkdir(exist_ok=True, mode=0o700)
        for left_over in self.uploads.iterdir():
            left_over.unlink()
        self.token = self._token()

    @property
    def journal(self) -> Path:
        """Return the file of the embedded journal."""
        return self.path / "journal.sqlite"

    @property
    def models(self) -> Path:
        """Return the folder of models."""
        return self.path / "models"

    @property
    def uploads(self) -> Path:
        """Return the folder where models lie while they are received."""
        return self.path / "uploads"

    @property
    def aliases(self) -> Path:
        """Return the folder of alias tables."""
        return self.path / "aliases"

    def free_bytes(self) -> int:
        """Return the room on its disk."""
        return shutil.disk_usage(self.path).free

    def close(self) -> None:
        """Give the directory free."""
        self._owned.release()

    def _token(self) -> str:
        """Return the token, made at the first start; whole or not at all, should the machine stop while it is made."""
        file = self.path / "token"
        if file.is_file() and (known := file.read_text(encoding="ascii").strip()):
            return known
        token, draft = secrets.token_urlsafe(_TOKEN_BYTES), self.path / "token.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(token + "\n")
        draft.replace(file)
        return token
