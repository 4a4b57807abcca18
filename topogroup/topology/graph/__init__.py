"""The graph of (node, phase): what joins what, in any state."""
