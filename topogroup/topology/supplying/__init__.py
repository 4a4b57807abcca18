"""Who supplies what in one state: the full recompute."""
