"""Tests of topogroup.iec61968."""
