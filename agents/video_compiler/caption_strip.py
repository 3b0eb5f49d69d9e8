"""Decide and write: how captions get onto the picture, cheaply.

FFmpeg's ``ass`` filter blends the caption's box anew into every frame, which takes longer than decoding it. Here it
draws each caption once, on a transparent picture, and ``overlay`` puts that on the frames for as long as it is up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.types import Rect
from agents.video_compiler.geometry import Size
from agents.video_compiler.timing import Cut


@dataclass(frozen=True)
class BurnedCaptions:
    """``file`` is ASS for the whole canvas; all of it lies in ``box`` and changes in ``frames`` of the clip only."""

    file: str
    box: Rect
    frames: tuple[int, ...]


def caption_chains(captions: BurnedCaptions | None, cut: Cut, canvas: Size, fonts_dir: Path | None) -> list[str]:
    """From ``[plain]`` to ``[v]``."""
    if captions is None or fonts_dir is None or not captions.frames:
        return ["[plain]null[v]"]
    rate = f"{cut.rate.numerator}/{cut.rate.denominator}"
    x, y, width, height = captions.box
    text = f"ass=f={escape(captions.file)}:fontsdir={escape(str(fonts_dir))}:alpha=1"
    return [
        f"color=c=black@0:s={canvas[0]}x{canvas[1]}:r={rate},format=yuva420p,trim=end_frame={cut.frames},"
        f"select={any_of(captions.frames)},{text},crop={width}:{height}:{x}:{y}[text]",
        f"[plain][text]overlay=x={x}:y={y}:eof_action=repeat:format=yuv420[v]",
    ]


def any_of(numbers: Sequence[int]) -> str:
    """True for these frames, as a tree: FFmpeg refuses an expression some hundred terms deep.

    >>> any_of((0, 7))
    'if(lt(n\\\\,7)\\\\,eq(n\\\\,0)\\\\,eq(n\\\\,7))'
    """
    if len(numbers) == 1:
        return f"eq(n\\,{numbers[0]})"
    half = len(numbers) // 2
    return f"if(lt(n\\,{numbers[half]})\\,{any_of(numbers[:half])}\\,{any_of(numbers[half:])})"


def escape(value: str) -> str:
    """A filter option's value, escaped for the option parser and then for the graph parser.

    >>> escape("it's:here")
    "it\\\\\\\\\\\\'s\\\\\\\\:here"
    """
    for special in ("\\':", "\\'[],;"):
        value = "".join(f"\\{char}" if char in special else char for char in value)
    return value
