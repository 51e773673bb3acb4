"""History: read a revision, write commits, publish a branch, show a dry run.

Knows bytes and paths, no Python source.
"""
