"""Extraction: statement columns in, the arrays of a `Network` and its findings out."""

from cim_models.extract.assemble import extract as extract

__all__ = ["extract"]
