"""A transcript as the four files that clients know."""

import json
from collections.abc import Iterator

from agents.codec import to_data
from agents.transcript_agent import formats
from agents.types import Transcript
from pipeline.context import StepContext
from pipeline.outcome import StoredFile


def keep_transcript(context: StepContext, words: Transcript) -> Iterator[StoredFile]:
    """Keep ``words`` as ``transcript.json``, ``.srt``, ``.vtt`` and ``.txt``."""
    written = {
        "json": (json.dumps(to_data(words), ensure_ascii=False), "application/json"),
        "srt": (formats.to_srt(words.segments), "application/x-subrip"),
        "vtt": (formats.to_vtt(words.segments), "text/vtt"),
        "txt": (formats.to_txt(words.segments), "text/plain; charset=utf-8"),
    }
    for suffix, (text, content_type) in written.items():
        path = context.workspace / f"transcript.{suffix}"
        path.write_text(text, "utf-8")
        yield context.keep(path, name=path.name, filename=path.name, content_type=content_type)
