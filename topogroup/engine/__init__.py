"""The engine: the only writer. Commands in, committed revisions and events out."""
