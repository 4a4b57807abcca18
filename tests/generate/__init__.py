"""The generator of synthetic networks."""
