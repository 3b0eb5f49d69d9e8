"""Owns the work: what runs, in what order, and again after a crash. Holds the credentials, parses no media."""
