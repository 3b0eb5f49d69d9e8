"""Renders one clip of an edit plan, and nothing that the plan does not say."""

from agents.video_compiler.compiler import run

__all__ = ["run"]
