"""What FFmpeg says when it fails, as errors that a user can do something with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.errors import CorruptMedia, RenderFailed
from agents.media.ffmpeg import FfmpegFailed

LONGEST_ERROR_CHARS = 300


@contextmanager
def explained(media: str) -> Iterator[None]:
    """Raises RenderFailed or CorruptMedia where FFmpeg fails on ``media``."""
    try:
        yield
    except FfmpegFailed as error:
        said = str(error).replace(media, Path(media).name)[-LONGEST_ERROR_CHARS:]
        raise RenderFailed(f"The clip could not be rendered. {said}") from error
    except CorruptMedia as error:
        raise CorruptMedia("The clip could not be rendered: this part of the recording is damaged.") from error
