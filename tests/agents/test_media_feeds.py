"""FFmpeg fed through pipes: it gets all of every feed, and nobody waits for a side that has failed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.errors import CorruptMedia
from agents.media.ffmpeg import Feed, FfmpegFailed, run
from agents.media.probe import open_media

pytestmark = pytest.mark.media

PICTURES = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x36", "-r", "25")
SOUND = ("-f", "f32le", "-ar", "8000", "-ac", "1")


def pictures(count: int | None, *, failing: bool = False) -> Iterator[bytes]:
    number = 0
    while count is None or number < count:
        yield bytes([number % 256]) * (64 * 36)
        number += 1
    if failing:
        raise CorruptMedia("The pictures end before the clip does.")


def sound(seconds: int | None) -> Iterator[bytes]:
    second = 0
    while seconds is None or second < seconds:
        yield bytes(8000 * 4)
        second += 1


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


def test_two_feeds_are_read_to_their_ends(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    before = open_files()
    arguments = ["-map", "0", "-map", "1", "-c:v", "ffv1", "-c:a", "pcm_f32le", str(out)]
    run(arguments, feeds=[Feed(PICTURES, pictures(100)), Feed(SOUND, sound(4))])
    assert open_files() == before
    with open_media(out) as container:
        values = [frame.to_ndarray(format="gray")[0, 0] for frame in container.decode(video=0)]
    with open_media(out) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert values == list(range(100))
    assert samples == 4 * 8000


def test_what_a_feed_raises_is_raised_though_the_other_would_never_end() -> None:
    before = open_files()
    feeds = [Feed(PICTURES, pictures(10, failing=True)), Feed(SOUND, sound(None))]
    with pytest.raises(CorruptMedia, match="before the clip does"):
        run(["-map", "0", "-map", "1", "-f", "null", "-"], feeds=feeds)
    assert open_files() == before


def test_a_command_that_cannot_be_run_ends_feeds_that_never_would() -> None:
    feeds = [Feed(PICTURES, pictures(None)), Feed(SOUND, sound(None))]
    with pytest.raises(FfmpegFailed):
        run(["-map", "0", "-map", "1", "-c:v", "there-is-no-such-codec", "-f", "null", "-"], feeds=feeds)


def test_ffmpeg_that_has_enough_ends_the_feeds() -> None:
    feeds = [Feed(PICTURES, pictures(None)), Feed(SOUND, sound(None))]
    run(["-map", "0", "-map", "1", "-t", "2", "-f", "null", "-"], feeds=feeds)
