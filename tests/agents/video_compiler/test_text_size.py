"""How large text is measured, on drawn text of known size; and the warning where it is too small."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from agents.types import Arrangement, ClipLayout, PlanSettings
from agents.video_compiler.caption_style import FONTS_DIR
from agents.video_compiler.text_size import READABLE_PX, small_text, x_heights_px
from tests.agents.compiler_media import render
from tests.media_factory import make_media

FONT = FONTS_DIR / "DejaVuSans-Bold.ttf"
X_HEIGHT_EM = 0.547
LINES = (
    "every term of it lies near to the limit of this sequence",
    "for (int i = 0; i < count; i++) total += values[i];",
)


def slide(font_px: int, *, dark: bool = False) -> NDArray[np.uint8]:
    paper = Image.new("L", (1280, 720), 245)
    font = ImageFont.truetype(str(FONT), font_px)
    for row, line in enumerate(LINES * 3):
        ImageDraw.Draw(paper).text((40, 60 + row * 100), line, font=font, fill=30)
    picture = np.asarray(paper, np.uint8)
    return 255 - picture if dark else picture


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("font_px", [11, 14, 18, 24, 32, 44])
def test_the_height_of_lowercase_letters_is_measured(font_px: int, dark: bool) -> None:
    heights = x_heights_px(slide(font_px, dark=dark))
    assert len(heights) > 50
    assert np.median(heights) == pytest.approx(X_HEIGHT_EM * font_px, abs=1.7)


def test_a_photograph_or_an_empty_slide_has_no_text() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(128, 40, (720, 1280)).clip(0, 255).astype(np.uint8)
    blurred = np.asarray(Image.fromarray(noise).resize((64, 36)).resize((1280, 720)), np.uint8)
    assert len(x_heights_px(blurred)) < 12
    assert x_heights_px(np.full((720, 1280), 240, np.uint8)) == []
    assert x_heights_px(np.full((40, 60), 240, np.uint8)) == []


@pytest.mark.parametrize(("heights", "warned"), [
    ([12.0] * 100, False),
    ([12.0] * 80 + [4.0] * 20, False),
    ([12.0] * 60 + [4.0] * 40, True),
    ([4.0] * 5, False),
    ([READABLE_PX] * 100, False),
])  # fmt: skip
def test_page_numbers_are_no_small_text(heights: list[float], warned: bool) -> None:
    notices = small_text(heights, (1280, 720))
    assert [notice.code for notice in notices] == (["small_slide_text"] if warned else [])


@pytest.mark.media
@pytest.mark.parametrize(("font_px", "aspect", "arrangement", "warned"), [
    (24, "16:9", "full", False),
    (24, "9:16", "stack", False),
    (14, "16:9", "full", False),
    (14, "9:16", "stack", True),
    (12, "16:9", "split", True),
])  # fmt: skip
def test_small_print_is_reported_with_the_clip(
    tmp_path: Path, font_px: int, aspect: str, arrangement: Arrangement, warned: bool
) -> None:
    raw = tmp_path / "slide.gray"
    raw.write_bytes(slide(font_px).tobytes() * 10)
    frames = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "1280x720", "-r", "10", "-i", str(raw))
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
    media = make_media(tmp_path / "in.mp4", *frames, *codec)
    layout = (ClipLayout(0.0, 1.0, "picture_in_picture", arrangement, (0, 0, 1280, 720), (520, 584, 240, 136)),)
    settings = PlanSettings(aspect=aspect)  # type: ignore[arg-type]  # one of the literals
    result, _ = render(media, tmp_path / "out", (0.0, 1.0), layout=layout, settings=settings)
    assert [notice.code for notice in result.warnings] == (["small_slide_text"] if warned else [])
