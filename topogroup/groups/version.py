"""Versions of a group (IEC 61968-5 class Version: major, minor, revision)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """The version of a group: major for its definition, minor for its membership."""

    major: int
    minor: int
    revision: int

    def __str__(self) -> str:
        """Return the version with dots."""
        return f"{self.major}.{self.minor}.{self.revision}"

    def after_membership_change(self) -> Version:
        """Return the version after one change of membership.

        >>> str(Version(1, 2, 5).after_membership_change())
        '1.3.0'
        """
        return Version(self.major, self.minor + 1, 0)

    def after_definition_change(self) -> Version:
        """Return the version after another definition, function or name.

        >>> str(Version(1, 2, 5).after_definition_change())
        '2.0.0'
        """
        return Version(self.major + 1, 0, 0)


FIRST_VERSION: Final = Version(1, 0, 0)
"""The version of a group when it is created."""
