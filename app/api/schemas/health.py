"""How the service is."""

from typing import Annotated

from pydantic import BaseModel, Field


class Queue(BaseModel):
    """Jobs by status."""

    queued: int = 0
    running: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0


class Health(BaseModel):
    status: Annotated[str, Field(examples=["ok"])]
    version: Annotated[str, Field(examples=["0.1.0"])]
    uptime_s: float
    queue_size: Annotated[int, Field(description="Jobs that wait.")]
    queue: Queue


class Alive(BaseModel):
    status: Annotated[str, Field(examples=["ok"])]


class Ready(BaseModel):
    """Which parts answer: each is ``ok``. ``sandbox`` is what the worker on this host confines agents with."""

    status: Annotated[str, Field(examples=["ok"])]
    database: str
    broker: str
    store: str
    sandbox: Annotated[str | None, Field(examples=["landlock"], description="Null until a worker here has tested it.")]
