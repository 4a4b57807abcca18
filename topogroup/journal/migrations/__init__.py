"""How the tables came to be, one file for each step; Alembic runs them on start."""
