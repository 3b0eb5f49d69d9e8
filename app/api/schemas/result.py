"""What a finished job found out and made. Times are seconds of the source."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.api.schemas.job import Failure, Notice, Source
from app.models.job import JobStatus

Rectangle = Annotated[list[int] | None, Field(description="[x, y, width, height] in displayed source pixels.")]


class Range(BaseModel):
    start_s: float
    end_s: float


class MediaSource(Source):
    """The input and its streams, as far as they are known."""

    format: str | None = None
    video: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None


class ClipUrls(BaseModel):
    """Signed links; which there are depends on the recording and on the options."""

    video: str | None = None
    audio: str | None = None
    thumbnail: str | None = None
    captions_srt: str | None = None
    captions_vtt: str | None = None


class ClipLayout(Range):
    layout: str
    arrangement: str
    screen: Rectangle
    camera: Rectangle


class Clip(Range):
    """``keep`` are the ranges that are in the clip: the pauses between are cut out."""

    rank: int
    title: str
    summary: str
    duration_s: Annotated[float | None, Field(description="Of the written file; null until it is rendered.")]
    keep: list[Range]
    score: float
    score_parts: dict[str, float]
    reasons: list[str]
    layout: list[ClipLayout]
    width: int | None
    height: int | None
    urls: ClipUrls


class Topic(Range):
    title: str
    keywords: list[str]
    importance: float
    subtopics: list["Topic"]


class Sentence(Range):
    text: str
    importance: float
    reasons: list[str]


class Word(Range):
    text: str
    confidence: float | None = None


class Segment(Range):
    text: str
    speaker: str | None = None
    words: list[Word] = []


class TranscriptUrls(BaseModel):
    json_: Annotated[str | None, Field(alias="json")] = None
    srt: str | None = None
    vtt: str | None = None
    txt: str | None = None


class Transcript(BaseModel):
    language: str
    language_probability: Annotated[
        float | None, Field(description="How sure the recogniser is, 0 to 1; null where the language was given.")
    ] = None
    dropped: Annotated[
        dict[str, int], Field(description="Lines of the recogniser that nobody said and that were left out, by reason.")
    ] = {}
    backend: str
    quality: Annotated[str, Field(description="draft, good or given.")]
    segments: list[Segment]
    urls: TranscriptUrls


class Silence(BaseModel):
    duration_s: float
    mode: str
    threshold_dbfs: float | None = None
    regions: list[Range]


class LayoutSpan(Range):
    layout: str
    screen: Rectangle
    camera: Rectangle
    confidence: float


class SlideChange(BaseModel):
    time_s: float
    score: float


class Layout(BaseModel):
    size: Annotated[list[int], Field(description="[width, height] as displayed.")]
    spans: list[LayoutSpan]
    slide_changes: list[SlideChange]
    duration_s: float | None


class Rejected(Range):
    """``score`` as of a clip; ``text`` is the sentence that speaks most for it."""

    reason: str
    score: float | None = None
    text: str = ""


class Timing(BaseModel):
    stage: str
    name: str
    duration_s: float | None
    attempt: int


class AnalyzerUsage(BaseModel):
    """What asking a language model took; null where none was asked."""

    model: str
    windows: Annotated[int, Field(description="Parts in which the transcript was sent.")]
    answered: Annotated[int, Field(description="Parts for which something usable came back.")]
    requests: Annotated[int, Field(description="Requests sent by the last attempt, answered or not.")]
    input_tokens: Annotated[int, Field(description="Of all attempts.")]
    output_tokens: Annotated[int, Field(description="Of all attempts.")]
    cached_input_tokens: Annotated[
        int, Field(description="Of the input tokens, those that the server had at hand and may charge less for.")
    ] = 0
    cached: Annotated[int, Field(description="Answers that an earlier attempt or job had paid for.")]
    lost: Annotated[
        int, Field(description="Requests of the last attempt whose answer may have been charged for and never came.")
    ] = 0
    repaired: Annotated[int, Field(description="Parts asked for again, since the first answer was broken.")]
    dropped_quotes: Annotated[int, Field(description="Statements left out because nobody said what they rest on.")]
    dropped_references: Annotated[int, Field(description="Statements left out because there is no such sentence.")]
    cost: Annotated[
        float | None,
        Field(description="At the most, in the currency of the configured prices; null without prices."),
    ]


class ReelClip(Range):
    """Seconds of the reel."""

    rank: int
    card_start_s: Annotated[float, Field(description="Where its title card begins.")]


class Reel(BaseModel):
    """All clips in one file, each after a card with its title; ``urls.reel`` leads to it."""

    duration_s: float
    clips: list[ReelClip]


class ResultUrls(BaseModel):
    self: str
    job: str
    transcript: str | None = None
    plan: str | None = None
    timeline_otio: str | None = None
    timeline_edl: str | None = None
    timeline_svg: str | None = None
    chapters_vtt: str | None = None
    chapters_txt: str | None = None
    reel: str | None = None


class Result(BaseModel):
    """The whole result. A job that failed or was cancelled has what it got to; the rest is empty or null."""

    job_id: str
    status: JobStatus
    source: MediaSource
    summary: str | None
    analyzer: Annotated[str | None, Field(description="What found the topics.")]
    analyzer_usage: AnalyzerUsage | None
    clips: list[Clip]
    reel: Annotated[Reel | None, Field(description="Null where none was made.")]
    topics: list[Topic]
    sentences: list[Sentence]
    transcript: Transcript | None
    silence: Silence | None
    layout: Layout | None
    rejected: list[Rejected]
    settings: dict[str, Any] | None
    warnings: list[Notice]
    error: Failure | None
    timings: list[Timing]
    urls: ResultUrls
