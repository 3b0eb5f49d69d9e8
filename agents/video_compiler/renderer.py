"""Write: run FFmpeg for one clip. Another renderer is a module with the same ``render`` and an entry in compiler.py."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from agents.errors import CorruptMedia, RenderFailed
from agents.media.ffmpeg import FfmpegFailed, run
from agents.types import Notice, Report
from agents.video_compiler.command import meter_arguments, render_arguments
from agents.video_compiler.loudness import measure_gain_db
from agents.video_compiler.plan import RenderPlan

LONGEST_ERROR_CHARS = 300
Writer = Callable[[float, Report, str], str]
"""``write(gain_db, report, message)`` writes the clip and returns FFmpeg's log."""
MISSING_GLYPH = "failed to find any fallback with glyph"


def render(plan: RenderPlan, out_dir: Path, report: Report) -> tuple[Notice, ...]:
    """Write the clip and its thumbnail into ``out_dir``. Raises RenderFailed or CorruptMedia."""
    return render_with(plan, out_dir, report, partial(_run, plan, out_dir))


def _run(plan: RenderPlan, out_dir: Path, gain_db: float, report: Report, message: str) -> str:
    return run(
        render_arguments(plan, gain_db), report=report, duration_s=plan.cut.duration_s, message=message, cwd=out_dir
    )


def render_with(plan: RenderPlan, out_dir: Path, report: Report, write: Writer) -> tuple[Notice, ...]:
    """What every renderer does around ``write``: measures the loudness, reports, and says what went wrong."""
    try:
        gain_db = 0.0
        if plan.source.audio:
            report(0.02, "Measuring the loudness of the clip")
            gain_db = measure_gain_db(partial(meter_arguments, plan), str(out_dir))

        def note(fraction: float, message: str) -> None:
            report(0.05 + 0.9 * fraction, message)

        log = write(gain_db, note, f"Rendering the clip of {plan.cut.duration_s:.0f} s")
    except FfmpegFailed as error:
        said = str(error).replace(plan.media, Path(plan.media).name)[-LONGEST_ERROR_CHARS:]
        raise RenderFailed(f"The clip could not be rendered. {said}") from error
    except CorruptMedia as error:
        raise CorruptMedia("The clip could not be rendered: this part of the recording is damaged.") from error
    if plan.burn and MISSING_GLYPH in log:
        detail = "Some characters of the captions are in no font on this machine and are burned in as boxes."
        return (Notice("captions_glyphs_missing", detail),)
    return ()
