"""The fast reader gives what the conforming one gives."""
