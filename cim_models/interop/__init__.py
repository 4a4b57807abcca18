"""Ways into other libraries, and back: see docs/interop.md."""
