"""Making large networks as arrays, without files."""
