"""Where things are drawn."""
