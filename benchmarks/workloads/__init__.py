"""What is measured: each function takes sizes and returns a `Report`."""
