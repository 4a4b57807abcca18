"""Identifiers that depend on the seed and the name of an object, and on nothing else.

An object keeps its identifier when other parts of the network change, and the files of two seeds share none.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

# UUIDs say in two bits of the 17th hexadecimal digit that they follow RFC 4122.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Identifiers:
    """Names to UUIDs of version 5, the same as `uuid.uuid5` at a third of its time.

    Args:
        seed: the seed of the network.
    """

    def __init__(self, seed: int) -> None:
        """Derive the namespace of this seed."""
        self.namespace: Final = uuid.uuid5(uuid.NAMESPACE_OID, f"topogroup generate {seed}")
        self._start = hashlib.sha1(self.namespace.bytes, usedforsecurity=False)

    def __call__(self, name: str) -> str:
        """Give the identifier of a name.

        Args:
            name: unique within the network.

        Returns:
            The UUID in lower case, without prefix.
        """
        digest = self._start.copy()
        digest.update(name.encode())
        h = digest.hexdigest()
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"
