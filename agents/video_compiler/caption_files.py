"""Write: captions as SRT and WebVTT beside the clip, and as ASS for burning, all through pysubs2."""

import html
from collections.abc import Sequence
from pathlib import Path

from pysubs2 import Alignment, Color, SSAEvent, SSAFile, SSAStyle

from agents.video_compiler.caption_burning import PlacedCaption, place_captions
from agents.video_compiler.caption_places import CaptionPlace
from agents.video_compiler.caption_strip import BurnedCaptions
from agents.video_compiler.caption_style import FONT_FAMILY, SRT_NAME, VTT_NAME, CaptionStyle, caption_style
from agents.video_compiler.captions import Caption
from agents.video_compiler.geometry import Size
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.slide_pictures import SlidePicture

NO_WRAP = "2"
LIBASS_BOX = 4  # one box behind all lines of an event
BOX_TRANSPARENCY = 0x2C  # shown as 0x50: on a transparent picture ``ass`` multiplies a box's opacity with itself
# pysubs2 keeps text as ASS; characters that mean something there pass through it as private-use ones.
_STAND_INS = {"{": "\ue000", "}": "\ue001", "\\": "\ue002"}
_BACKSLASH = "\\\u2060"  # ASS cannot escape a backslash; a word joiner, which has no width, parts it from an N


def write_sidecars(captions: Sequence[Caption], out_dir: Path) -> None:
    """``clip.srt`` and ``clip.vtt``, UTF-8, times relative to the clip's start."""
    for name, kind in ((SRT_NAME, "srt"), (VTT_NAME, "vtt")):
        subtitles = SSAFile()
        for caption in captions:
            lines = (html.escape(line, quote=False) if kind == "vtt" else line for line in caption.lines)
            text = "\\N".join(map(_stand_in, lines))
            subtitles.append(SSAEvent(_ms(caption.start_s), _ms(caption.end_s), text))
        (out_dir / name).write_text(_restored(subtitles.to_string(kind)), "utf-8")


def write_ass(
    captions: Sequence[Caption], plan: RenderPlan, path: Path, pictures: Sequence[SlidePicture] = ()
) -> BurnedCaptions:
    """The captions as they are burned: set for the plan's canvas, off the text in ``pictures``.

    ASS counts hundredths of a second: an event begins and ends half a frame before the frame that it means.
    """
    canvas, rate, style = plan.canvas, plan.cut.rate, caption_style(plan.canvas)
    subtitles = SSAFile()
    subtitles.info.update(
        {"PlayResX": str(canvas[0]), "PlayResY": str(canvas[1]), "WrapStyle": NO_WRAP, "ScaledBorderAndShadow": "yes"}
    )
    subtitles.styles = {"Default": _ass_style(style)}
    placed = place_captions(captions, plan, pictures)
    for caption in placed:
        start_s, end_s = (max(float((frame - 0.5) / rate), 0.0) for frame in (caption.start, caption.end))
        subtitles.append(SSAEvent(_ms(start_s), _ms(end_s), _ass_text(caption.lines, caption.place)))
    path.write_text(subtitles.to_string("ass"), "utf-8")
    return _burned(placed, canvas, style, path.name)


def _burned(placed: Sequence[PlacedCaption], canvas: Size, style: CaptionStyle, name: str) -> BurnedCaptions:
    """A strip as wide as the canvas, since widths are estimates, with room for letters taller than most."""
    top = min((caption.box[1] for caption in placed), default=0)
    bottom = max((caption.box[1] + caption.box[3] for caption in placed), default=0)
    top = max(top - style.font_size // 2, 0) // 2 * 2
    bottom = min(bottom + style.font_size // 2, canvas[1]) // 2 * 2
    frames = sorted({0, *(frame for caption in placed for frame in (caption.start, caption.end))})
    return BurnedCaptions(name, (0, top, canvas[0], bottom - top), tuple(frames) if placed else ())


def _ass_style(style: CaptionStyle) -> SSAStyle:
    return SSAStyle(
        fontname=FONT_FAMILY,
        fontsize=style.font_size,
        bold=True,
        primarycolor=Color(255, 255, 255, 0),
        outlinecolor=Color(0, 0, 0, 0),
        backcolor=Color(0, 0, 0, BOX_TRANSPARENCY),
        borderstyle=LIBASS_BOX,
        outline=max(1.0, style.font_size * 0.04),
        shadow=style.padding,
        marginl=style.margin_x,
        marginr=style.margin_x,
        marginv=style.margin_y,
        alignment=Alignment.BOTTOM_CENTER,
    )


def _ass_text(lines: Sequence[str], place: CaptionPlace) -> str:
    anchor = Alignment.TOP_CENTER if place.from_top else Alignment.BOTTOM_CENTER
    return f"{{\\an{int(anchor)}\\pos({place.x},{place.y})}}" + "\\N".join(map(escape_ass, lines))


def escape_ass(text: str) -> str:
    """Text that libass shows as it is: no override block, no escape.

    >>> escape_ass("{a}")
    '\\\\{a\\\\}'
    """
    return text.replace("\\", _BACKSLASH).replace("{", "\\{").replace("}", "\\}")


def _stand_in(text: str) -> str:
    return "".join(_STAND_INS.get(char, char) for char in text)


def _restored(text: str) -> str:
    for char, stand_in in _STAND_INS.items():
        text = text.replace(stand_in, char)
    return text


def _ms(time_s: float) -> int:
    return round(time_s * 1000)
