"""Recordings of lectures that are made up by script, so that their layouts and slide changes are known exactly."""
