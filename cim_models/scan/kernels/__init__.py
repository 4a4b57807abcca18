"""Kernels of the scanner, machine code: bytes to rows, rows to statements. Import this room through `choosing` alone.

Every loop ends at the zero byte behind the window, since no table lets a zero pass. Positions below zero say where a
kernel gave up: -1 - position. A failure near the end of the window may be for want of bytes: the element is looked at
once more when there are more.
"""

from cim_models.scan.kernels.linking import link
from cim_models.scan.kernels.nodes import scan
from cim_models.scan.kernels.objects import rehash

__all__ = ["link", "rehash", "scan"]
