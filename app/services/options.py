"""What a client may ask of each kind of job: typed, bounded, with defaults."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.json_types import A_NUMBER, Boolean

Transcriber = Literal["captions", "faster-whisper", "openai", "whisper-cpp", "mlx", "pocketsphinx"]
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text and jsonb hold no NUL."""
Term = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]


class Options(BaseModel):
    """What every kind of job has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires_in_s: Annotated[
        int | None, Field(ge=3600, le=10 * 365 * 86400, description="Seconds until media and results expire."), A_NUMBER
    ] = None


class SpeechOptions(Options):
    """Where words are wanted."""

    language: Annotated[
        str, Field(pattern=r"^(auto|[a-z]{2,3})$", description="Spoken language (ISO 639), or auto.")
    ] = "auto"
    transcribers: Annotated[
        tuple[Transcriber, ...] | None,
        Field(min_length=1, description="Speech backends in order of preference; the server's own order if absent."),
    ] = None
    glossary: Annotated[
        tuple[Term, ...],
        Field(max_length=200, description="Names and terms that are likely to be said, the most important first."),
    ] = ()
    slide_text: Annotated[
        str | None,
        Field(max_length=20_000, pattern=NO_NUL, description="Text of the slides; its rarer words are listened for."),
    ] = None


class RenderingOptions(Options):
    """Where clips are rendered."""

    captions: Annotated[
        Literal["burned", "sidecar", "both", "none"], Field(description="Captions in the picture, beside it, or both.")
    ] = "both"
    renderer: Annotated[
        Literal["ffmpeg", "moviepy"],
        Field(description="What renders the clips: FFmpeg alone, or MoviePy, which looks the same and takes longer."),
    ] = "ffmpeg"
    reel: Annotated[Boolean, Field(description="Also join all clips into one video with title cards.")] = True


class TranscriptionOptions(SpeechOptions):
    """Options of ``transcription``."""


class RenderOptions(RenderingOptions):
    """Options of ``render``, which it has from the job whose plan was edited."""


class HighlightsOptions(SpeechOptions, RenderingOptions):
    """Options of ``highlights``; each is also a flag of ``lectern run``."""

    silence_mode: Annotated[
        Literal["energy", "vad"],
        Field(description="What counts as a pause: quiet (energy), or that nobody speaks (vad: music is a pause)."),
    ] = "energy"
    max_clips: Annotated[int, Field(ge=1, le=20, description="Clips at the most."), A_NUMBER] = 6
    min_clip_s: Annotated[float, Field(ge=5, le=600, description="Shortest clip, in seconds."), A_NUMBER] = 20.0
    max_clip_s: Annotated[float, Field(ge=5, le=600, description="Longest clip, in seconds."), A_NUMBER] = 120.0
    aspect: Annotated[Literal["source", "16:9", "9:16", "1:1"], Field(description="Shape of the clips.")] = "source"
    layout: Annotated[
        Literal["auto", "full", "split", "stack"], Field(description="How screen and camera are arranged.")
    ] = "auto"
    analyzer: Annotated[
        Literal["auto", "gemini", "openai-compatible", "local"],
        Field(description="What finds topics and key sentences; auto is what the server is set up for."),
    ] = "auto"
    remove_silence: Annotated[Boolean, Field(description="Cut pauses out of the clips.")] = True
    focus: Annotated[
        str | None, Field(max_length=500, pattern=NO_NUL, description="What the clips should be about.")
    ] = None

    @model_validator(mode="after")
    def _ordered(self) -> "HighlightsOptions":
        if self.min_clip_s > self.max_clip_s:
            raise ValueError("min_clip_s must not be greater than max_clip_s")
        return self
