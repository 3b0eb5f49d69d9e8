"""What a job's webhook was told, and what it answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Attempt(BaseModel):
    """One try. Neither the receiver's answer nor its address is kept."""

    model_config = ConfigDict(from_attributes=True)

    attempted_at: datetime
    duration_s: Annotated[float, Field(ge=0, examples=[0.21])]
    status_code: Annotated[int | None, Field(description="Null where nothing answered.", examples=[503])]
    error: Annotated[
        str | None, Field(description="Null where it was accepted.", examples=["The receiver answered 503."])
    ]


class Delivery(BaseModel):
    """One event. ``id`` is its ``webhook-id``, the same in every attempt."""

    id: str
    event: Annotated[Literal["job.completed", "job.failed", "job.cancelled"], Field(examples=["job.completed"])]
    status: Literal["pending", "delivered", "failed"]
    receiver: Annotated[
        str | None,
        Field(
            description="Scheme and host of the webhook; the rest may be secret. Null where it can no longer be told.",
            examples=["https://hooks.example.org"],
        ),
    ]
    attempts: Annotated[list[Attempt], Field(description="Oldest first.")]
    next_attempt_at: Annotated[datetime | None, Field(description="Null unless pending.")]
    created_at: datetime
    finished_at: Annotated[datetime | None, Field(description="When it was delivered or given up.")]


class DeliveryPage(BaseModel):
    """Newest first. ``next`` is also the Link header with rel=next."""

    items: list[Delivery]
    next: Annotated[str | None, Field(description="The next page; null on the last.")]


class SigningSecret(BaseModel):
    """Keep it as you keep an API key."""

    secret: Annotated[
        str,
        Field(
            description="What verifies the signatures of all your webhooks (Standard Webhooks).",
            examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="],
        ),
    ]
