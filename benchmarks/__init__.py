"""What takes minutes to measure; each writes its result to `results/` with commit and machine."""
