"""The command line: `topogroup inspect | attach | groups | changes | generate`."""
