"""The engine: commands in, exactly these events out; the same after every restart and every failed commit."""
