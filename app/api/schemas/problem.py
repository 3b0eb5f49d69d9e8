"""Errors as RFC 9457 problem documents."""

from typing import Annotated

from pydantic import BaseModel, Field


class FieldError(BaseModel):
    """One field that does not fit."""

    field: Annotated[str, Field(description="Where it is.", examples=["body.options.max_clips"])]
    message: Annotated[str, Field(description="Why it cannot be used.")]


class Problem(BaseModel):
    """``application/problem+json``; ``code`` is stable, everything else is for people."""

    type: Annotated[str, Field(examples=["urn:lectern:problem:job_not_found"])]
    title: Annotated[str, Field(examples=["No such job"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["There is no job 0197f0c2-0000-7000-8000-000000000000."])]
    instance: Annotated[str, Field(description="Path of the request.", examples=["/api/v1/jobs/0197f0c2"])]
    code: Annotated[str, Field(examples=["job_not_found"])]
    request_id: Annotated[str, Field(description="Also in X-Request-ID and in the server's log.")]
    errors: Annotated[list[FieldError], Field(description="One entry a field; empty where no field is to blame.")] = []
