"""Write: captions as SRT and WebVTT beside the clip, and as ASS for burning, all through pysubs2."""

import html
from collections.abc import Sequence
from pathlib import Path

from pysubs2 import Alignment, Color, SSAEvent, SSAFile, SSAStyle

from agents.video_compiler.caption_style import CaptionPlace, CaptionStyle, caption_place, caption_style
from agents.video_compiler.captions import Caption
from agents.video_compiler.plan import RenderPlan

FONTS_DIR = Path(__file__).resolve().parents[1] / "fonts" / "dejavu"
FONT_FAMILY = "DejaVu Sans"
ASS_NAME, SRT_NAME, VTT_NAME = "captions.ass", "clip.srt", "clip.vtt"
NO_WRAP = "2"
LIBASS_BOX = 4  # one box behind all lines of an event
BOX_TRANSPARENCY = 0x50
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


def write_ass(captions: Sequence[Caption], plan: RenderPlan, path: Path) -> None:
    """The captions as they are burned: set for the plan's canvas, and moved where the scene changes below them."""
    canvas, rate, style = plan.canvas, plan.cut.rate, caption_style(plan.canvas)
    subtitles = SSAFile()
    subtitles.info.update(
        {"PlayResX": str(canvas[0]), "PlayResY": str(canvas[1]), "WrapStyle": NO_WRAP, "ScaledBorderAndShadow": "yes"}
    )
    subtitles.styles = {"Default": _ass_style(style)}
    places = [caption_place(run.scene, canvas, style) for run in plan.runs]
    for caption in captions:
        for run, place in zip(plan.runs, places, strict=True):
            start_s = max(caption.start_s, float(run.start / rate))
            end_s = min(caption.end_s, float(run.end / rate))
            if end_s - start_s >= 0.01:
                subtitles.append(SSAEvent(_ms(start_s), _ms(end_s), _ass_text(caption, place)))
    path.write_text(subtitles.to_string("ass"), "utf-8")


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


def _ass_text(caption: Caption, place: CaptionPlace) -> str:
    anchor = Alignment.TOP_CENTER if place.from_top else Alignment.BOTTOM_CENTER
    return f"{{\\an{int(anchor)}\\pos({place.x},{place.y})}}" + "\\N".join(map(escape_ass, caption.lines))


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
