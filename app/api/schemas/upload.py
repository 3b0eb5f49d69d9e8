"""Uploads that go straight to the store."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.json_types import A_NUMBER
from app.models.upload import UploadStatus

CAPTION_CHARACTERS = 5 * 1024 * 1024
MEDIA_TYPE = r"^[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}$"
SHA256 = "c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a"

FileName = Annotated[str, Field(examples=["lecture.mp4"])]
SizeBytes = Annotated[int, Field(ge=1, examples=[73400320]), A_NUMBER]


class NewUpload(BaseModel):
    """What is going to be sent."""

    model_config = ConfigDict(extra="forbid")

    filename: Annotated[FileName, Field(min_length=1, max_length=1024, description="With the recording's extension.")]
    size_bytes: Annotated[SizeBytes, Field(description="Exactly.")]
    sha256: Annotated[
        str, Field(pattern="^[0-9a-fA-F]{64}$", description="SHA-256 of the file, in hex.", examples=[SHA256])
    ]
    content_type: Annotated[
        str | None,
        Field(
            pattern=MEDIA_TYPE,
            description="What the file will be sent as, without parameters; by the extension when left out.",
            examples=["video/mp4"],
        ),
    ] = None
    captions: Annotated[
        str | None,
        Field(
            max_length=CAPTION_CHARACTERS,
            description="SRT or WebVTT as text, up to 5 MiB: used instead of speech recognition.",
        ),
    ] = None


class SentPart(BaseModel):
    """A part as the client knows it."""

    number: Annotated[int, Field(ge=1, le=10_000), A_NUMBER]
    etag: Annotated[str, Field(max_length=200, description="The ETag that the store answered.")]


class UploadCompletion(BaseModel):
    """May be left out: the store knows its parts. A client that kept their ETags has them compared."""

    model_config = ConfigDict(extra="forbid")

    parts: Annotated[list[SentPart] | None, Field(max_length=10_000)] = None


class PutTarget(BaseModel):
    """Where to send the whole file, in one PUT with exactly these headers."""

    url: Annotated[str, Field(description="Absolute, or a path of this server.")]
    headers: Annotated[dict[str, str], Field(examples=[{"Content-Type": "video/mp4"}])]


class UploadPart(BaseModel):
    """A piece of the file, in the order of their numbers: send it in one PUT without a Content-Type."""

    number: Annotated[int, Field(description="From 1.", examples=[1])]
    size_bytes: Annotated[int, Field(description="Exactly.", examples=[67108864])]
    url: Annotated[str, Field(description="Absolute, or a path of this server.")]
    etag: Annotated[str | None, Field(description="Of the part that has arrived; null before.")]


class Upload(BaseModel):
    """``put`` or ``parts`` say what to send while the upload is pending; ask for it again for fresh links."""

    id: Annotated[str, Field(json_schema_extra={"format": "uuid"})]
    status: Annotated[UploadStatus, Field(description="pending until it is completed, then complete.")]
    filename: FileName
    size_bytes: Annotated[int, Field(examples=[73400320])]
    content_type: Annotated[str, Field(examples=["video/mp4"])]
    sha256: Annotated[str, Field(examples=[SHA256])]
    key: Annotated[str, Field(description="Of the object in the store.", examples=["uploads/0197f0c2/source.mp4"])]
    created_at: datetime
    expires_at: Annotated[datetime | None, Field(description="When it goes, unless a job uses it.")]
    method: Annotated[Literal["single", "multipart"], Field(description="multipart above 100 MB.")]
    put: PutTarget | None
    parts: Annotated[list[UploadPart], Field(description="Empty unless multipart and pending.")]
    complete_url: Annotated[str, Field(description="POST there when everything is sent.")]


class PresignedUrl(BaseModel):
    """A link that works without headers."""

    url: Annotated[str, Field(description="Absolute, or a path of this server.")]
    expires_at: Annotated[datetime, Field(description="It works until then at least.")]
