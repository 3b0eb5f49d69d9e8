"""Tests of agents.layout_detector."""
