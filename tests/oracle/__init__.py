"""The independent oracle: DESIGN.md section 4 written down plainly over rdflib and networkx.

It shares no code with the engine. Where the text leaves a choice, READINGS.md says which one was taken.
"""

from .model import OracleModel

__all__ = ["OracleModel"]
