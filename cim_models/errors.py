"""Every error that topogroup raises on purpose, for all three packages.

    TopogroupError                 bad input or a refused command: one clear sentence, a code, the object it is about
    ├── ModelError                 the model files cannot be used
    │   ├── FileError              a file is missing, empty, truncated, not RDF, not CIM, hostile or ill-formed
    │   └── LimitError             something is larger or deeper than limits.py allows
    ├── IdError                    an id given by the user is unknown, ambiguous or of the wrong kind
    ├── OptionError                an option, heads file or sources file says something impossible
    ├── SnapshotError              a saved network is damaged or of another version
    ├── RefusedError               a command cannot be carried out as it stands
    │   ├── NotFoundError          it names a group, template, model or event that is not there
    │   ├── ConflictError          it contradicts what is there, or an earlier command with the same number
    │   ├── PreconditionError      what it wants to change has changed since the sender read it
    │   └── BatchError             an item of an atomic batch is bad; nothing of it was applied
    ├── BusyError                  not now: the queue is full, or the service is starting or stopping
    └── JournalError               the journal cannot be opened, read or written; nothing was applied

Whoever shows errors prints `str(error)` and nothing else, or `error.as_dict()` for programs; a traceback means a bug.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class TopogroupError(Exception):
    """A mistake in the input, told in one sentence that names the object, the place and the mend."""

    def __init__(self, code: str, message: str, object_: str | None = None) -> None:
        """Keep the parts.

        Args:
            code: stable word for programs, such as `file_not_found`.
            message: one sentence for people.
            object_: the file, id or option that the error is about.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.object = object_

    def as_dict(self) -> dict[str, str | None]:
        """Return the error as programs get it."""
        return {"code": self.code, "message": self.message, "object": self.object}


class ModelError(TopogroupError):
    """The model files cannot be used."""


class FileError(ModelError):
    """A file is missing, empty, truncated, not RDF, not CIM, hostile or ill-formed."""

    def __init__(self, code: str, message: str, object_: str | None = None, *, line: int | None = None) -> None:
        """Keep the parts.

        Args:
            code: stable word for programs.
            message: one sentence for people.
            object_: the file.
            line: where in it, as far as that is known.
        """
        super().__init__(code, message, object_)
        self.line = line


class LimitError(ModelError):
    """Something is larger, deeper or more numerous than `limits.py` allows."""


class IdError(TopogroupError):
    """An id given by the user is unknown, ambiguous or of the wrong kind."""


class OptionError(TopogroupError):
    """An option, a heads file or a sources file says something impossible."""


class SnapshotError(TopogroupError):
    """A saved network is damaged, or was written by another version."""


class RefusedError(TopogroupError):
    """A command cannot be carried out as it stands; nothing was applied."""


class NotFoundError(RefusedError):
    """A command or question names something that is not there."""


class ConflictError(RefusedError):
    """A command contradicts what is there, or an earlier command with the same source and sequence."""


class PreconditionError(RefusedError):
    """What a command wants to change has changed since its sender read it."""


class BatchError(RefusedError):
    """An item of an atomic batch is bad; nothing of the batch was applied."""

    def __init__(self, code: str, message: str, rejected: Sequence[Mapping[str, object]]) -> None:
        """Keep the parts.

        Args:
            code: stable word for programs.
            message: one sentence for people.
            rejected: the bad items, each with index, switch, code and message.
        """
        super().__init__(code, message)
        self.rejected = list(rejected)


class BusyError(TopogroupError):
    """The command was not taken now and may be sent again: the queue is full, or the service starts or stops."""


class JournalError(TopogroupError):
    """The journal cannot be opened, read or written; what was asked for was not applied."""
