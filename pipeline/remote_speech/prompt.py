"""What a speech model is asked for."""

import json

from pipeline.analyzers.model import Prompt

BACKEND = "openai"


def parcel_prompt(digest: str, language: str | None, hints: str | None) -> Prompt:
    """The words of the parcel with this SHA-256. ``hints`` are likely words, ``language`` ISO 639-1."""
    return Prompt(hints or "", json.dumps({"sha256": digest, "language": language}))
