"""Real models: engine and oracle agree everywhere, and what is known to be true of them holds."""
