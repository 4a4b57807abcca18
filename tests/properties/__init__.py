"""Random networks: engine and oracle agree, and nothing but the meaning of a model matters."""
