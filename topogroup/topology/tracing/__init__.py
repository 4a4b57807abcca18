"""The trace: the same answers led on from operation to operation."""
