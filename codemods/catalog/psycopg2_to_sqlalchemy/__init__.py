"""Cursors of psycopg2 become a pooled SQLAlchemy engine with `text()` and bound parameters."""
