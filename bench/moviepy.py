"""Both renderers beside a MoviePy script, and silence cutting beside auto-editor, each as its own process."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from agents.codec import to_json
from agents.media.ffmpeg import ffmpeg_binary, input_arguments
from agents.types import ClipLayout, CompileRequest, PlannedClip, PlanSettings, SilenceRequest, TimeRange
from agents.video_compiler.command import PRESET, QUALITY_CRF
from agents.video_compiler.plan import make_plan
from agents.video_compiler.source import measure
from bench.table import Row

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", ROOT.parent / "shared" / "data"))
SCREEN, CAMERA = (0, 0, 1280, 720), (20, 520, 320, 180)
START_S, LENGTH_S, CUT_EVERY_S, CUT_S = 200.0, 30.0, 6.0, 0.8
EXCERPT_S = 60.0
REPEATS = 2
MARGIN_S = 0.2  # auto-editor's default


def rows() -> list[Row]:
    """A clip of 30 s from a lecture, half of it with a rearranged picture; and a minute without its silences."""
    media = SHARED_DATA / "lectures" / "corner.mp4"
    if not media.is_file():
        media = ROOT / "examples" / "lecture.mp4"
    with tempfile.TemporaryDirectory() as folder:
        return [*_renderers(media, Path(folder)), *_silence_cutting(media, Path(folder))]


def table() -> str:
    """What is missing from the rows, and why."""
    return "" if shutil.which("auto-editor") else "auto-editor is not installed here: silence cutting has no row."


def _renderers(media: Path, folder: Path) -> list[Row]:
    request = _request(media, folder)
    plan = make_plan(request, measure(request.media, request.clip.keep[0].start_s))
    spec = {"media": str(media), "out": str(folder / "script.mp4"), "size": plan.canvas, "keep": []}
    starts = {run.start: run for run in plan.runs}
    edges = sorted({*starts, *(kept.clip_start for kept in plan.cut.ranges), plan.cut.frames})
    for first, last in pairwise(edges):
        kept = max((r for r in plan.cut.ranges if r.clip_start <= first), key=lambda r: r.clip_start)
        run = max((r for r in plan.runs if r.start <= first), key=lambda r: r.start)
        split = [(part.source, part.target) for part in run.scene.parts] if len(run.scene.parts) > 1 else []
        times_s = [plan.cut.source_s(kept.start + frame - kept.clip_start) for frame in (first, last)]
        spec["keep"].append((*times_s, split))  # type: ignore[attr-defined]  # the list above
    (folder / "spec.json").write_text(json.dumps(spec), "utf-8")
    script = [sys.executable, "-m", "bench.moviepy_script", str(folder / "spec.json")]
    by_script_s, by_ffmpeg_s, by_moviepy_s = _in_turn(
        lambda: _timed(script),
        lambda: _child("compile", request, folder),
        lambda: _child("compile", replace(request, renderer="moviepy"), folder),
    )
    name, peer = f"render {LENGTH_S:.0f} s", "MoviePy script"
    ratio = by_script_s / by_ffmpeg_s
    more = "ours measures loudness and makes a thumbnail as well"
    return [
        Row(f"{name}, ffmpeg", by_ffmpeg_s, peer, by_script_s, ratio, note=more),
        Row(f"{name}, moviepy", by_moviepy_s, peer, by_script_s, by_script_s / by_moviepy_s, note=more),
    ]  # fmt: skip


def _request(media: Path, folder: Path) -> CompileRequest:
    keep, at_s, left_s = [], _start_s(media), LENGTH_S
    while left_s > 0.01:
        taken_s = min(CUT_EVERY_S - CUT_S, left_s)
        keep.append(TimeRange(at_s, at_s + taken_s))
        at_s, left_s = at_s + CUT_EVERY_S, left_s - taken_s
    first_s, last_s = keep[0].start_s, keep[-1].end_s
    middle_s = (first_s + last_s) / 2
    layout = (
        ClipLayout(first_s, middle_s, "picture_in_picture", "full", SCREEN, CAMERA),
        ClipLayout(middle_s, last_s, "picture_in_picture", "split", SCREEN, CAMERA),
    )
    clip = PlannedClip(1, "Bench", "", first_s, last_s, tuple(keep), 1.0, {}, (), layout)
    return CompileRequest(str(media), clip, PlanSettings(), str(folder), captions="none")


def _start_s(media: Path) -> float:
    """Well into the lecture, and early enough for a minute to be left of a shorter one."""
    return max(min(START_S, (measure(str(media)).duration_s or 0.0) - EXCERPT_S), 0.0)


def _silence_cutting(media: Path, folder: Path) -> list[Row]:
    """The same minute without its silences, with the same margin left about what is said."""
    editor = shutil.which("auto-editor")
    if editor is None:
        return []
    excerpt = folder / "excerpt.mp4"
    cut = [
        *input_arguments(media, before=["-ss", f"{_start_s(media)}"]),
        "-t",
        f"{EXCERPT_S}",
        "-c",
        "copy",
        str(excerpt),
    ]
    subprocess.run([ffmpeg_binary(), "-v", "error", "-nostdin", *cut], check=True)
    out = folder / "auto-editor.mp4"
    codec = ["-c:v", "libx264", "-b:v", "unset", "--extras", f"-preset {PRESET} -crf {QUALITY_CRF}"]
    theirs_s = _timed([editor, str(excerpt), "-o", str(out), "--no-open", "--progress", "none", *codec])
    ours_s = _child("silence", SilenceRequest(str(excerpt)), folder)
    found = json.loads((folder / "result.json").read_text("utf-8"))["result"]
    edges_s = [0.0]
    for region in found["regions"]:
        start_s, end_s = region["start_s"] + MARGIN_S, region["end_s"] - MARGIN_S
        edges_s += [start_s, end_s] if end_s > start_s else []
    edges_s.append(found["duration_s"])
    keep = [TimeRange(*pair) for pair in zip(edges_s[::2], edges_s[1::2], strict=True) if pair[1] > pair[0]]
    clip = PlannedClip(1, "Bench", "", keep[0].start_s, keep[-1].end_s, tuple(keep), 1.0, {}, (), ())
    ours_s += _child(
        "compile", CompileRequest(str(excerpt), clip, PlanSettings(), str(folder), captions="none"), folder
    )
    removed_s = found["duration_s"] - json.loads((folder / "result.json").read_text("utf-8"))["result"]["duration_s"]
    theirs_removed_s = found["duration_s"] - float(measure(str(out)).duration_s or 0.0)
    note = f"seconds removed of {found['duration_s']:.0f}: ours {removed_s:.1f} in {len(keep) - 1} cuts, "
    note += f"peer's {theirs_removed_s:.1f} at its defaults"
    return [Row("cut silence", ours_s, "auto-editor", theirs_s, theirs_s / ours_s, note=note)]


def _in_turn(*works: Callable[[], float]) -> list[float]:
    """The fastest of each, taken in turn so that a busy moment of the machine falls on all."""
    return [min(times_s) for times_s in zip(*([work() for work in works] for _ in range(REPEATS)), strict=True)]


def _child(agent: str, request: object, folder: Path) -> float:
    """Start to finish, as the worker runs an agent: standard input stays open."""
    path = folder / "request.json"
    path.write_text(to_json(request), "utf-8")
    return _timed([sys.executable, "-m", "agents", agent, str(path)])


def _timed(command: list[str]) -> float:
    started_s = perf_counter()
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    code = running.wait()
    assert running.stdin is not None
    running.stdin.close()
    assert code == 0, f"{command[:4]} ended with {code}"
    return perf_counter() - started_s
