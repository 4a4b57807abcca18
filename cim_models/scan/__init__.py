"""The fast reader: a byte scanner for well-behaved CIM RDF/XML; whatever it cannot prove simple goes to `reader`."""
