"""Rendering a clip: our child process, started as the service does it, beside FFmpeg run by hand."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from agents.codec import to_json
from agents.media.ffmpeg import ffmpeg_binary, input_arguments
from agents.types import Arrangement, ClipLayout, CompileRequest, PlannedClip, PlanSettings, Segment, TimeRange
from agents.video_compiler.caption_files import write_ass
from agents.video_compiler.caption_style import ASS_NAME, caption_style
from agents.video_compiler.captions import make_captions
from agents.video_compiler.command import PRESET, QUALITY_CRF, VIDEO_NAME, render_arguments
from agents.video_compiler.framing import framed
from agents.video_compiler.geometry import Aspect
from agents.video_compiler.plan import RenderPlan, make_plan
from agents.video_compiler.slide_pictures import slide_pictures
from agents.video_compiler.source import measure
from bench.table import Row, median_s

ROOT = Path(__file__).resolve().parents[1]
START_S = 60.0
CUT_EVERY_S, CUT_S = 6.0, 0.8
CLIP_S, LAYOUT_S = 60.0, 20.0
TARGET = 1.15
LAYOUTS: tuple[tuple[Arrangement, Aspect], ...] = (
    ("full", "source"),
    ("split", "source"),
    ("stack", "9:16"),
    ("full", "9:16"),
    ("stack", "1:1"),
)
SPEECH = "so here we take the limit of this sequence and see that it converges to a single value"
REPEATS = 3


def rows() -> Iterator[Row]:
    """Clips late in a two-minute recording, with cuts, captions and loudness: whole children, and graphs by layout."""
    with tempfile.TemporaryDirectory() as folder:
        media = _recording(Path(folder) / "lecture.mp4")
        yield from _child_rows(media, Path(folder))
        for layout in LAYOUTS:
            yield _layout_row(media, Path(folder), *layout)


def _child_rows(media: Path, folder: Path) -> list[Row]:
    """One that changes from the whole frame to screen and camera beside each other."""
    out_dir, by_hand = _folder(folder, "clip"), _folder(folder, "hand")
    request = _request(media, CLIP_S, out_dir, ("full", "split"), "source")
    plan = _plan(request, by_hand)
    ours_s, same_s, bare_s = _in_turn(
        lambda: _child(request, folder),
        lambda: _ffmpeg(render_arguments(plan, 8.0), by_hand),
        lambda: _ffmpeg(_bare(media, plan), by_hand),
    )
    name = f"render {CLIP_S:.0f} s"
    times = "note: ours over peer"
    return [
        Row(name, ours_s, "FFmpeg by hand, same graph", same_s, ours_s / same_s, f"<= {TARGET}",
            ours_s / same_s <= TARGET, f"{times}; whole child: start, loudness, slide text, poster, checks"),
        Row(name, ours_s, "FFmpeg bare encode", bare_s, ours_s / bare_s, note=f"{times}; the peer applies no filters"),
    ]  # fmt: skip


def _layout_row(media: Path, folder: Path, arrangement: Arrangement, aspect: Aspect) -> Row:
    """What a layout's graph costs, FFmpeg alone: crops, scales, captions, poster candidates, sound."""
    name = f"graph {arrangement} {aspect}"
    by_hand = _folder(folder, name.replace(":", "-"))
    plan = _plan(_request(media, LAYOUT_S, by_hand, (arrangement, arrangement), aspect), by_hand)
    ours_s, bare_s, again_s = _in_turn(
        lambda: _ffmpeg(render_arguments(plan, 8.0), by_hand),
        lambda: _ffmpeg(_bare(media, plan), by_hand),
        lambda: _ffmpeg(_again(by_hand / VIDEO_NAME, plan), by_hand),
    )
    note = (
        f"note: ours over peer; {LAYOUT_S:.0f} s to {plan.canvas[0]}x{plan.canvas[1]}, the peer keeps 1280x720; "
        f"a bare encode of the pictures made takes {again_s:.1f} s"
    )
    return Row(name, ours_s, "FFmpeg bare encode", bare_s, ours_s / bare_s, note=note)


def _bare(media: Path, plan: RenderPlan) -> list[str]:
    return [
        *input_arguments(media, before=["-threads", str(plan.threads), "-ss", str(START_S)]),
        *("-t", f"{plan.cut.duration_s}", *_encoder(plan), "bare.mp4"),
    ]


def _again(clip: Path, plan: RenderPlan) -> list[str]:
    """What was rendered, encoded once more: pictures made larger move more, and that is no cost of the graph."""
    return [*input_arguments(clip, before=["-threads", str(plan.threads)]), *_encoder(plan), "again.mp4"]


def _encoder(plan: RenderPlan) -> list[str]:
    video = ["-c:v", "libx264", "-preset", PRESET, "-crf", QUALITY_CRF, "-threads", str(plan.threads)]
    return [*video, "-c:a", "aac", "-b:a", "96k"]


def _plan(request: CompileRequest, folder: Path) -> RenderPlan:
    """The plan as the agent makes it, with its captions written into ``folder``."""
    plan = make_plan(request, measure(request.media, request.clip.start_s))
    plan, pictures = framed(plan, slide_pictures(plan))
    captions = make_captions(request.segments, plan.cut, caption_style(plan.canvas).max_columns)
    return replace(plan, captions=write_ass(captions, plan, folder / ASS_NAME, pictures))


def _folder(parent: Path, name: str) -> Path:
    path = parent / name
    path.mkdir()
    return path


def _in_turn(*works: object) -> list[float]:
    """Median seconds of each, taken in turn so that a busy moment of the machine falls on all."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for times, work in zip(taken, works, strict=True):
            assert callable(work)
            times.append(median_s(work, times=1))
    return [sorted(times)[len(times) // 2] for times in taken]


def _recording(path: Path) -> Path:
    """Two minutes of 720p at 25 frames a second: a slide with a moving camera picture, and a voice-like tone."""
    picture = (
        "color=0xF4F4F0:s=1280x720:r=25:d=125[slide];testsrc2=s=320x180:r=25:d=125[camera];"
        "[slide][camera]overlay=940:20,drawgrid=w=160:h=90:t=2:c=0x303040@0.5"
    )
    sound = "anoisesrc=color=pink:sample_rate=44100:duration=125:seed=1,tremolo=f=4:d=0.7,volume=-12dB"
    inputs = ["-filter_complex", picture + "[v]", "-f", "lavfi", "-i", sound, "-map", "[v]", "-map", "0:a"]
    _ffmpeg([*inputs, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", str(path)], path.parent)
    return path


def _request(
    media: Path, length_s: float, out_dir: Path, arrangements: tuple[Arrangement, Arrangement], aspect: Aspect
) -> CompileRequest:
    """A cut each six seconds, and the second arrangement from the middle on."""
    keep, at_s, left_s = [], START_S * 0.75, length_s
    while left_s > 0.01:
        taken_s = min(CUT_EVERY_S - CUT_S, left_s)
        keep.append(TimeRange(at_s, at_s + taken_s))
        at_s, left_s = at_s + CUT_EVERY_S, left_s - taken_s
    first_s, last_s = keep[0].start_s, keep[-1].end_s
    middle_s = (first_s + last_s) / 2
    screen, camera = (0, 0, 1280, 720), (940, 20, 320, 180)
    layout = (
        ClipLayout(first_s, middle_s, "picture_in_picture", arrangements[0], screen, camera),
        ClipLayout(middle_s, last_s, "picture_in_picture", arrangements[1], screen, camera),
    )
    segments = tuple(Segment(second, second + 4.0, SPEECH, None) for second in range(int(first_s), int(last_s), 4))
    clip = PlannedClip(1, "Bench", "", first_s, last_s, tuple(keep), 1.0, {}, (), layout)
    return CompileRequest(str(media), clip, PlanSettings(aspect=aspect), str(out_dir), segments)


def _child(request: CompileRequest, folder: Path) -> None:
    """Start to finish, as the worker runs it: standard input stays open."""
    path = folder / "request.json"
    path.write_text(to_json(request), "utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "agents", "compile", str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    code = child.wait()
    assert child.stdin is not None
    child.stdin.close()
    answer = json.loads((folder / "result.json").read_text("utf-8"))
    assert code == 0, answer


def _ffmpeg(arguments: list[str], cwd: Path) -> None:
    command = [ffmpeg_binary(), "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, cwd=cwd, check=True)


if __name__ == "__main__":
    started_s = perf_counter()
    for row in rows():
        measured = f"{row.ours_s:.2f} s, {row.peer} {row.peer_s:.2f} s, {row.ratio:.2f}"
        print(f"{row.name}: {measured} {row.target} {row.met}", flush=True)
    print(f"{perf_counter() - started_s:.0f} s")
