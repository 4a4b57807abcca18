"""Topology: sections, connectivity and the attachment of DER, normal or current, with one algorithm.

No I/O, no clock, no randomness: arrays of a `cim_models.network.Network` and switch states in, attachments out.
"""
