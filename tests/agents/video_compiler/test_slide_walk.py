"""Looking through all of a clip's slides: what is shown is seen, in order, and what is cut out is not."""

from pathlib import Path

import numpy as np
import pytest

from agents.types import ClipLayout
from agents.video_compiler.plan import RenderPlan, make_plan
from agents.video_compiler.slide_walk import slides_throughout
from agents.video_compiler.source import measure
from tests.agents.compiler_media import HEIGHT, WIDTH, barcode_video, raw_frames, raw_input, read_barcode, request
from tests.media_factory import make_media

pytestmark = pytest.mark.media
SCREEN = (0, 0, WIDTH, HEIGHT)


def plan_of(media: Path, folder: Path, *keep: tuple[float, float], layout: tuple[ClipLayout, ...] = ()) -> RenderPlan:
    asked = request(media, folder / "out", *keep, layout=layout)
    return make_plan(asked, measure(str(media), keep[0][0]))


def numbers(plan: RenderPlan, run: int) -> list[int]:
    return [read_barcode(picture) for picture in slides_throughout(plan, [plan.runs[run]])]


def test_all_that_is_kept_is_seen_every_half_second(tmp_path: Path) -> None:
    """Near ranges and one far away, for which the recording is sought anew; a frame that none needs may be missing."""
    media = barcode_video(tmp_path / "in.mp4", frames=1000)
    keep = (2.0, 4.1), (5.0, 5.4), (36.0, 37.0)
    seen = numbers(plan_of(media, tmp_path, *keep), 0)
    assert seen == sorted(seen)
    wanted = [50, 62, 75, 87, 100, 102, 125, 134, 900, 912, 924]
    for frame in wanted:
        assert min(abs(frame - number) for number in seen) <= 2, (frame, seen)
    for number in seen:
        assert min(abs(frame - number) for frame in wanted) <= 2, (number, seen)


def test_each_run_is_seen_clear_of_the_change_to_the_next(tmp_path: Path) -> None:
    media = barcode_video(tmp_path / "in.mp4", frames=250)
    layout = ClipLayout(0, 4, "slides", "full", SCREEN, None), ClipLayout(4, 9, "speaker", "full", None, SCREEN)
    plan = plan_of(media, tmp_path, (1.0, 8.0), layout=(layout[0], layout[1]))
    assert len(plan.runs) == 2
    first, second = numbers(plan, 0), numbers(plan, 1)
    assert 22 <= min(first) <= 25
    assert 90 <= max(first) <= 95
    assert 103 <= min(second) <= 105
    assert 196 <= max(second) <= 199


def test_a_picture_that_stays_up_long_is_seen_although_it_began_before(tmp_path: Path) -> None:
    """One picture in ten seconds, as screen recorders write them."""
    from_tones = [np.full((HEIGHT, WIDTH), tone, np.uint8) for tone in (40, 120, 200)]
    raw = raw_frames(tmp_path / "in.gray", from_tones)
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "600", "-sc_threshold", "0")
    media = make_media(tmp_path / "in.mkv", *raw_input(raw, "1/10"), *codec, "-fps_mode", "passthrough")
    plan = plan_of(media, tmp_path, (12.0, 18.0))
    tones = [float(np.median(picture)) for picture in slides_throughout(plan, plan.runs)]
    assert len(tones) == 1
    assert abs(tones[0] - 120) < 10
