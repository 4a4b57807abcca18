"""What no switch changes: busbar zones, feeders with their heads, levels of supply, sections; the `Grid`."""
