"""Verbs on rows. Each takes the session first, flushes, and never commits: the edge does."""
