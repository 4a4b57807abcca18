"""Who reads, and what."""
