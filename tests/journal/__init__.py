"""The journal: what goes in comes out, and nothing is changed behind its back."""
