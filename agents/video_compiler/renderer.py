"""Write: run FFmpeg for one clip. Another renderer is a module with the same ``render`` and an entry in compiler.py."""

from functools import partial
from pathlib import Path

from agents.errors import CorruptMedia, RenderFailed
from agents.media.ffmpeg import FfmpegFailed, run
from agents.types import Notice, Report
from agents.video_compiler.command import meter_arguments, render_arguments
from agents.video_compiler.loudness import measure_gain_db
from agents.video_compiler.plan import RenderPlan

LONGEST_ERROR_CHARS = 300
MISSING_GLYPH = "failed to find any fallback with glyph"


def render(plan: RenderPlan, out_dir: Path, report: Report) -> tuple[Notice, ...]:
    """Write the clip and its thumbnail into ``out_dir``. Raises RenderFailed or CorruptMedia."""
    try:
        gain_db = 0.0
        if plan.source.audio:
            report(0.02, "Measuring the loudness of the clip")
            gain_db = measure_gain_db(partial(meter_arguments, plan), str(out_dir))

        def note(fraction: float, message: str) -> None:
            report(0.05 + 0.9 * fraction, message)

        log = run(
            render_arguments(plan, gain_db),
            report=note,
            duration_s=plan.cut.duration_s,
            message=f"Rendering the clip of {plan.cut.duration_s:.0f} s",
            cwd=out_dir,
        )
    except FfmpegFailed as error:
        said = str(error).replace(plan.media, Path(plan.media).name)[-LONGEST_ERROR_CHARS:]
        raise RenderFailed(f"The clip could not be rendered. {said}") from error
    except CorruptMedia as error:
        raise CorruptMedia("The clip could not be rendered: this part of the recording is damaged.") from error
    if plan.burn and MISSING_GLYPH in log:
        detail = "Some characters of the captions are in no font on this machine and are burned in as boxes."
        return (Notice("captions_glyphs_missing", detail),)
    return ()
