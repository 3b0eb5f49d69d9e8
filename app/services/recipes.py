"""Kinds of job as data: which steps there are and which feed which.

A new kind is a params class in ``options``, an entry here, a step adapter, and tests.
"""

from dataclasses import dataclass
from typing import Literal

from app.services.options import HighlightsOptions, Options, RenderOptions, TranscriptionOptions

Queue = Literal["media", "transcribe", "io"]


@dataclass(frozen=True)
class StepSpec:
    """``stage`` names it to clients and finds its adapter; ``needs`` are stages that must be over before.

    ``optional``: its failure costs a warning. ``fan_out``: rows are made by the step before, one a part.
    ``queue`` is what kind of worker runs it. ``limit_factor``: a run may take this many times the recording's length,
    and five minutes more.
    """

    stage: str
    label: str
    needs: tuple[str, ...] = ()
    optional: bool = False
    fan_out: bool = False
    queue: Queue = "media"
    weight: float = 1.0
    limit_factor: float = 1.0

    def limit_s(self, duration_s: float | None) -> float:
        """The hard limit of one run, in seconds; generous for a machine ten times slower than a laptop."""
        return 300.0 + self.limit_factor * (duration_s if duration_s is not None else 3600.0)


@dataclass(frozen=True)
class Recipe:
    """``weight`` of a step is its share of the job's time, for the job's progress."""

    kind: str
    options: type[Options]
    steps: tuple[StepSpec, ...]

    def step(self, stage: str) -> StepSpec:
        return next(spec for spec in self.steps if spec.stage == stage)


UPLOADING = StepSpec("uploading", "Checking the file", queue="io", limit_factor=4)
"""It may have to fetch the recording first, of which nothing is known then: four hours and five minutes."""


def _taken_home(planning: str) -> tuple[StepSpec, ...]:
    """What is made of a plan besides its clips: for other programs at once, and a reel once all clips are there."""
    return (
        StepSpec("timeline_export", "Writing timelines", (planning,), optional=True),
        StepSpec("reel_compilation", "Joining the reel", (planning, "video_compilation"), optional=True, weight=2),
    )


HIGHLIGHTS = Recipe(
    kind="highlights",
    options=HighlightsOptions,
    steps=(
        UPLOADING,
        StepSpec("silence_detection", "Finding silences", ("uploading",), optional=True, weight=2),
        StepSpec(
            "transcription",
            "Transcribing",
            ("uploading",),
            optional=True,
            queue="transcribe",
            weight=30,
            limit_factor=10,
        ),
        StepSpec("layout_detection", "Reading the layout", ("uploading",), optional=True, weight=10, limit_factor=2),
        StepSpec(
            "content_analysis",
            "Finding topics",
            ("silence_detection", "transcription", "layout_detection"),
            weight=5,
        ),
        StepSpec("segment_extraction", "Choosing clips", ("content_analysis",), weight=2),
        StepSpec(
            "video_compilation", "Rendering clips", ("segment_extraction",), fan_out=True, weight=47, limit_factor=4
        ),
        *_taken_home("segment_extraction"),
    ),
)

TRANSCRIPTION = Recipe(
    kind="transcription",
    options=TranscriptionOptions,
    steps=(
        UPLOADING,
        StepSpec("transcription", "Transcribing", ("uploading",), queue="transcribe", weight=30, limit_factor=10),
    ),
)

RENDER = Recipe(
    kind="render",
    options=RenderOptions,
    steps=(
        StepSpec("plan_check", "Taking over the plan", queue="io"),
        StepSpec("video_compilation", "Rendering clips", ("plan_check",), fan_out=True, weight=50, limit_factor=4),
        *_taken_home("plan_check"),
    ),
)
"""An edited plan of a job that is finished; what that job found out is copied when this one is made."""

RECIPES: dict[str, Recipe] = {recipe.kind: recipe for recipe in (HIGHLIGHTS, TRANSCRIPTION, RENDER)}
