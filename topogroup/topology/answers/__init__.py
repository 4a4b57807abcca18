"""Answers as people, programs and grouping read them."""
