"""Delivery: from committed events to those who wait for them."""
