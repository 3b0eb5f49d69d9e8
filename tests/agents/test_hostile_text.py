"""Text that callers send: in captions, titles, names of files. It is shown, and is never a command."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from agents.media.frames import frames_between
from agents.types import AudioStream, CompileRequest, PlannedClip, PlanSettings, Segment, TimeRange, VideoStream, Word
from agents.video_compiler.caption_files import write_ass
from agents.video_compiler.captions import make_captions
from agents.video_compiler.command import meter_arguments, render_arguments
from agents.video_compiler.compiler import run
from agents.video_compiler.plan import make_plan
from agents.video_compiler.source import Source
from tests.media_factory import make_media

TEXTS = {
    "override": r"{\pos(0,0)\an7\fs400\p1}m 0 0 l 2000 0 2000 2000 0 2000{\p0}",
    "escaped override": r"\{\fs400\} \\{\an8} {{\fn../../secret.ttf}}",
    "size": r"{\fs300}W {\fs300}W",
    "drawing": r"{\p1}m 0 0 l 600 0 600 600 0 600",
    "lines": r"\N\N\N\N\N\N \N\N\N\N\N\N top",
    "sections": "x\r\n[Fonts]\r\nfontname: evil.ttf\r\n!!!!\r\n[Graphics]\nfilename: x\n"
    "Dialogue: 0,0:00:00.00,0:00:09.00,,,,,,,x",
    "controls": "a\x00b\x0bc\x0cd\x1be\x85f\u2028[Events]\u2029Style: x,y",
    "filter": "';movie=/etc/passwd[a];[a]null,drawtext=textfile=/etc/passwd:x='",
    "option": "-i /etc/passwd -f null -",
    "animation": r"{\t(0,9000,\frz360)\move(0,0,999,999)\clip(0,0,1,1)\rEvil}spin",
    "stand-ins": "\ue000\\p1\ue001 m 0 0 l 2000 0 2000 2000\ue002N",
}
SIZE = (640, 360)
VIDEO = VideoStream(0, "h264", *SIZE, *SIZE, 25.0, 0, "1:1", "yuv420p")
SOURCE = Source(VIDEO, AudioStream(1, "aac", 48_000, 2), 10.0, Fraction(25))
PLAIN = "plain words"


def request(text: str, media: str = "/r/a.mp4", out_dir: str = "/o") -> CompileRequest:
    """``text`` wherever a caller can put some."""
    words = tuple(Word(i * 0.3, i * 0.3 + 0.3, word) for i, word in enumerate(text.split(" ")))
    segments = (Segment(0.0, 1.5, text, text), Segment(1.5, 3.0, text, text, words))
    clip = PlannedClip(1, text, text, 0.0, 3.0, (TimeRange(0.0, 3.0),), 1.0, {text: 1.0}, (text,), ())
    return CompileRequest(media, clip, PlanSettings(focus=text), out_dir, segments, captions="burned")


@pytest.mark.parametrize("kind", list(TEXTS))
def test_no_argument_depends_on_a_text(kind: str) -> None:
    plain, hostile = (make_plan(request(text), SOURCE) for text in (PLAIN, TEXTS[kind]))
    assert render_arguments(hostile, 0.0) == render_arguments(plain, 0.0)
    assert meter_arguments(hostile, 0.0) == meter_arguments(plain, 0.0)


def test_a_file_name_stands_only_behind_its_own_option() -> None:
    name = "/r/-i ';movie=x[a];%03d {url}\n.mp4"
    plain, hostile = (make_plan(request(PLAIN, media), SOURCE) for media in ("/r/a.mp4", name))
    for arguments in (render_arguments, meter_arguments):
        changed = [(a, b) for a, b in zip(arguments(plain, 0.0), arguments(hostile, 0.0), strict=True) if a != b]
        assert changed == [("file:/r/a.mp4", f"file:{name}")]


@pytest.mark.parametrize("kind", list(TEXTS))
def test_a_burned_caption_holds_one_command_and_that_is_ours(kind: str, tmp_path: Path) -> None:
    def written(text: str) -> list[str]:
        plan = make_plan(request(text), SOURCE)
        write_ass(make_captions(request(text).segments, plan.cut), plan, tmp_path / "captions.ass")
        return (tmp_path / "captions.ass").read_text("utf-8").splitlines()

    def frame(lines: list[str]) -> list[str]:
        return [line for line in lines if not line.startswith("Dialogue:")]

    lines = written(TEXTS[kind])
    assert frame(lines) == frame(written(PLAIN)), "the same sections, styles and headers"
    for line in lines:
        if line.startswith("Dialogue:"):
            text = line.split(",", 9)[9]
            ours = re.match(r"\{\\an[28]\\pos\(\d+,\d+\)\}", text)
            assert ours
            left = re.sub(r"\\[{}N]|\\\u2060", "", text[ours.end() :])
            assert not set(left) & set("{}\\")


@pytest.mark.media
def test_libass_shows_hostile_text_where_captions_stand(tmp_path: Path) -> None:
    """All of them in one clip, on a grey picture: nothing is drawn outside the band of two lines at the bottom."""
    width, height = SIZE
    grey = f"color=c=gray:size={width}x{height}:rate=10:duration={2 * len(TEXTS)}"
    media = make_media(tmp_path / "grey.mp4", "-f", "lavfi", "-i", grey, "-c:v", "libx264", "-crf", "10")
    segments = tuple(Segment(2.0 * i, 2.0 * i + 1.9, text) for i, text in enumerate(TEXTS.values()))
    (tmp_path / "out").mkdir()
    asked = request(PLAIN, str(media), str(tmp_path / "out"))
    whole = (TimeRange(0.0, 2.0 * len(TEXTS)),)
    run(replace(asked, segments=segments, clip=replace(asked.clip, keep=whole)), lambda *_: None)
    shots = list(frames_between(tmp_path / "out" / "clip.mp4", 0.0, 2.0 * len(TEXTS), grey=True, step_s=0.4))
    assert len(shots) > 3 * len(TEXTS)
    seen = np.array([np.abs(shot.picture.astype(int) - int(shot.picture[0, 0])).max(axis=1) for shot in shots])
    assert (seen[:, : height // 2] < 12).all(), "the upper half stays as it was"
    assert (seen[:, height // 2 :].max(axis=1) > 60).mean() > 0.8, "and the captions are seen"
