"""What ``POST /jobs`` takes: a kind, its source, and options that depend on the kind."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from app.core.json_types import A_NUMBER
from app.services.options import HighlightsOptions, TranscriptionOptions
from app.services.remote_urls import MAX_CHARACTERS

Url = Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS, json_schema_extra={"format": "uri"})]


VARIANTS = {"upload_id": "UploadSource", "url": "UrlSource", "job_id": "ArtifactSource", "artifact": "ArtifactSource"}
"""Field to variant. No variant is called as a field is, so that it can be told apart in the path of a problem."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UploadSource(_Part):
    """A recording that was uploaded straight to the store."""

    upload_id: UUID


class UrlSource(_Part):
    """A recording that the service fetches from a public http or https address."""

    url: Annotated[Url, Field(examples=["https://example.org/lectures/heaps.mp4"])]


class ArtifactSource(_Part):
    """Video or audio that another job made; it is copied, so that the other job may be deleted."""

    job_id: UUID
    artifact: Annotated[
        str, Field(pattern=r"^[a-z0-9][a-z0-9_./-]{0,99}$", description="Its name.", examples=["clips/1/video"])
    ]


def _variant(source: Any) -> str | None:
    """By the fields it has, so that problems are told of the variant that was meant."""
    fields = source if isinstance(source, dict) else vars(source) if isinstance(source, _Part) else ()
    return next((tag for name, tag in VARIANTS.items() if name in fields), None)


Source = Annotated[
    Annotated[UploadSource, Tag("UploadSource")]
    | Annotated[UrlSource, Tag("UrlSource")]
    | Annotated[ArtifactSource, Tag("ArtifactSource")],
    Discriminator(
        _variant,
        custom_error_type="source_unknown",
        custom_error_message="Input should have upload_id, url, or job_id with artifact",
    ),
    Field(description="Where the recording comes from.", examples=[{"url": "https://example.org/lectures/heaps.mp4"}]),
]


class _Submission(_Part):
    source: Source
    webhook_url: Annotated[Url | None, Field(description="Called with a signed message when the job ends.")] = None
    priority: Annotated[
        int, Field(ge=-10, le=10, description="Among your own jobs: those with more come first."), A_NUMBER
    ] = 0


class HighlightsSubmission(_Submission):
    """Highlight clips of a lecture."""

    kind: Literal["highlights"]
    options: HighlightsOptions = HighlightsOptions()


class TranscriptionSubmission(_Submission):
    """The words of a recording."""

    kind: Literal["transcription"]
    options: TranscriptionOptions = TranscriptionOptions()


Submission = Annotated[HighlightsSubmission | TranscriptionSubmission, Field(discriminator="kind")]
