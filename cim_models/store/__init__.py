"""The RDF store: what the model files say, as quads that SPARQL can be asked about.

Beside the way of the data, never on it: it is filled from `statements.nq` after the topology is live, in a process of
its own that may be killed at any time and is then rebuilt from that file. `port` says what a store can be asked,
`store` is the one at home, `remote` one on a server, `nquads` writes the files, `queries` holds the questions,
`screening` says what users may ask. Only `process` and `query_fork` import pyoxigraph.
"""
