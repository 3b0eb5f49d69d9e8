"""Which adapter runs which stage, and which the parts that a stage makes of itself."""

from collections.abc import Callable

from pipeline.context import StepContext
from pipeline.outcome import Outcome
from pipeline.steps import (
    content_analysis,
    layout_detection,
    plan_check,
    reel_compilation,
    segment_extraction,
    silence_detection,
    timeline_export,
    transcription,
    transcription_merge,
    transcription_part,
    uploading,
    video_compilation,
)

STEPS: dict[str, Callable[[StepContext], Outcome]] = {
    "uploading": uploading.run,
    "silence_detection": silence_detection.run,
    "transcription": transcription.run,
    transcription.PART_ADAPTER: transcription_part.run,
    transcription.MERGE_ADAPTER: transcription_merge.run,
    "layout_detection": layout_detection.run,
    "content_analysis": content_analysis.run,
    "segment_extraction": segment_extraction.run,
    "plan_check": plan_check.run,
    "video_compilation": video_compilation.run,
    "timeline_export": timeline_export.run,
    "reel_compilation": reel_compilation.run,
}
