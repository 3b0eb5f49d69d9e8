"""Geometry, scenes and graphs, on tables; and requests that are refused."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from agents.errors import InvalidRequest, UnsupportedMedia
from agents.types import (
    AudioStream,
    ClipLayout,
    CompileRequest,
    PlannedClip,
    PlanSettings,
    Segment,
    TimeRange,
    VideoStream,
)
from agents.video_compiler.caption_strip import escape
from agents.video_compiler.command import meter_arguments, render_arguments
from agents.video_compiler.compiler import run
from agents.video_compiler.geometry import canvas_size, clamp, fit, make_scene
from agents.video_compiler.loudness import gain_db, integrated_lufs
from agents.video_compiler.plan import make_plan
from agents.video_compiler.scenes import joined, scene_runs
from agents.video_compiler.source import Source
from agents.video_compiler.timing import make_cut

HD = (1280, 720)
SCREEN, CAMERA = (0, 120, 852, 480), (852, 240, 428, 240)


def inside(rect: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    x, y, w, h = rect
    return min(x, y) >= 0 and min(w, h) > 0 and x + w <= size[0] and y + h <= size[1] and not any(v % 2 for v in rect)


@pytest.mark.parametrize("aspect", ["source", "16:9", "9:16", "1:1"])
@pytest.mark.parametrize("arrangement", ["full", "split", "stack"])
@pytest.mark.parametrize("source", [HD, (640, 480), (720, 1280), (1920, 1080), (64, 48)])
@pytest.mark.parametrize("caption_height", [0, 92])
def test_every_part_is_on_the_canvas_on_even_pixels(
    aspect: str, arrangement: str, source: tuple[int, int], caption_height: int
) -> None:
    canvas = canvas_size(aspect, source)  # type: ignore[arg-type]  # one of the literals
    w, h = source
    screen, camera = (0, h // 6, w * 2 // 3, h * 2 // 3), (w * 2 // 3, h // 3, w // 3, h // 3)
    span = ClipLayout(0, 9, "side_by_side", arrangement, screen, camera)  # type: ignore[arg-type]  # as above
    reserved = caption_height if min(canvas) > 400 else 0
    scene = make_scene(span, source, canvas, reserved)
    for part in scene.parts:
        assert inside(part.target, canvas)
        assert inside(part.source, source)
        assert part.target[2] / part.target[3] == pytest.approx(part.source[2] / part.source[3], rel=0.1)
    if len(scene.parts) == 2:
        a, b = (part.target for part in scene.parts)
        assert a[0] + a[2] <= b[0] or a[1] + a[3] <= b[1]
        assert scene.parts[0].source == clamp(screen, source)


def test_sizes_are_capped_at_full_hd_and_small_sources_are_not_blown_up() -> None:
    assert canvas_size("source", (3840, 2160)) == (1920, 1080)
    assert canvas_size("source", (2160, 3840)) == (1080, 1920)
    assert canvas_size("source", (1440, 1080)) == (1440, 1080)
    assert canvas_size("9:16", (1920, 1080)) == (1080, 1920)
    assert canvas_size("1:1", HD) == (720, 720)


def test_rectangles_outside_the_frame_are_clamped_or_forgotten() -> None:
    assert clamp((-10, -10, 100, 100), HD) == (0, 0, 90, 90)
    assert clamp((1270, 0, 400, 400), HD) is None
    scene = make_scene(ClipLayout(0, 1, "side_by_side", "split", SCREEN, (2000, 0, 50, 50)), HD, HD, 0)
    assert [part.source for part in scene.parts] == [(0, 0, *HD)]
    assert fit((4, 3), (0, 0, 1280, 720)) == (160, 0, 960, 720)


def test_scenes_change_at_span_edges_inside_the_kept_ranges_only() -> None:
    cut = make_cut([TimeRange(1, 3), TimeRange(5, 7)], Fraction(25))
    layout = (
        ClipLayout(0, 2, "side_by_side", "split", SCREEN, CAMERA),
        ClipLayout(2, 4, "slides", "full", (0, 0, *HD), None),
        ClipLayout(4, 6, "side_by_side", "split", SCREEN, CAMERA),
    )
    runs = scene_runs(layout, cut, HD, HD, 0)
    assert [(run.start, run.end, len(run.scene.parts)) for run in runs] == [
        (0, 25, 2),
        (25, 50, 1),
        (50, 75, 2),
        (75, 100, 1),
    ]
    alone = scene_runs((layout[1],), cut, HD, HD, 0)
    assert joined(alone) == ((replace(alone[0], end=100),), (0,) * len(alone))


def test_loudness_is_read_from_the_summary_and_bounded() -> None:
    assert integrated_lufs("  I:  -70.0 LUFS\n ... I:         -23.4 LUFS") == -23.4
    assert integrated_lufs("nothing") is None
    assert integrated_lufs("I:  -inf LUFS") == float("-inf")
    assert (gain_db(-23.4), gain_db(-8.0), gain_db(float("-inf")), gain_db(None)) == (7.4, -8.0, 0.0, 0.0)
    assert gain_db(-55.0) == 30.0


def source() -> Source:
    video = VideoStream(0, "h264", *HD, *HD, 25.0, 0, "1:1", "yuv420p")
    return Source(video, AudioStream(1, "aac", 48_000, 2), 600.0, Fraction(25), seek_s=99.0)


def compile_request(out_dir: Path, *, text: str = "x", **options: object) -> CompileRequest:
    keep = (TimeRange(100.0, 110.0), TimeRange(112.0, 120.0))
    clip = PlannedClip(1, text, text, 100.0, 120.0, keep, 1.0, {}, (text,), ())
    values: dict[str, object] = {
        "media": "lecture.mp4", "clip": clip, "settings": PlanSettings(), "out_dir": str(out_dir),
        "segments": (Segment(100.0, 104.0, text),), **options,
    }  # fmt: skip
    return CompileRequest(**values)  # type: ignore[arg-type]  # built from the defaults above


def test_no_text_of_the_request_reaches_the_command(tmp_path: Path) -> None:
    plan = make_plan(compile_request(tmp_path, text="Secret';[x]\\{"), source())
    for arguments in (render_arguments(plan, 3.0), meter_arguments(plan, 3.0)):
        assert not any("Secret" in argument for argument in arguments)


def test_a_late_clip_is_sought_and_cut_by_frame_numbers(tmp_path: Path) -> None:
    arguments = render_arguments(make_plan(compile_request(tmp_path), source()), 3.0)
    assert arguments[arguments.index("-ss") + 1] == "99.000000"
    assert arguments.index("-ss") < arguments.index("-i")
    graph = arguments[arguments.index("-filter_complex") + 1]
    assert "if(lt(pts\\,325)\\,between(pts\\,25\\,274)\\,between(pts\\,325\\,524))" in graph
    assert arguments.count("-c:v") == 2  # the clip and its thumbnail: one encode each


def test_the_font_folder_may_have_any_name() -> None:
    assert escape("a:b") == r"a\\:b"
    assert escape("it's") == r"it\\\'s"
    assert escape("x[1],y;z") == r"x\[1\]\,y\;z"


def test_what_cannot_be_rendered_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for request, said in (
        (compile_request(tmp_path, renderer="paint"), "use ffmpeg or moviepy"),
        (compile_request(tmp_path / "missing"), "output folder"),
    ):
        with pytest.raises(InvalidRequest, match=said):
            run(request, lambda _fraction, _message: None)
    with pytest.raises(UnsupportedMedia):
        run(compile_request(tmp_path, media=str(tmp_path / "none.mp4")), lambda _fraction, _message: None)
