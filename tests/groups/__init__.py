"""Tests of topogroup.groups."""
