"""Temporary devices and switching plans."""
