"""Groups: which DER belong together, and what changes when the network does.

    template -> membership (of one state) -> membership changes (between two states)

No I/O, no clock, no randomness: attachments in, groups and changes out, always in the same order.
"""
