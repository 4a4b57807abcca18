"""IEC 61968-5 at the edge: membership changes in, messages in the IEC 61968-100:2013 envelope out.

The core speaks plain words; element names, their order and the namespaces live here and nowhere else.
Everything a message says is handed in: no I/O, no clock, no randomness, so the same change gives the same
bytes.
"""
