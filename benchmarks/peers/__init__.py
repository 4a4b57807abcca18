"""The same question asked of graph libraries: where does every DER hang after a switch operation?

Each keeps a graph of all (node, phase) and finds connected components on it; what no switch changes (supply points
of the levels, grid sources, rows of DER) it is given.
"""
