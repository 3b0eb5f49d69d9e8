"""What a step hands to the orchestrator: facts for its row, rows for other tables, files already in the store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from agents.types import Notice
from app.services.recipes import Queue


@dataclass(frozen=True)
class Warning_:
    """A stable code and a sentence, kept on the job."""

    code: str
    detail: str


@dataclass(frozen=True)
class StoredFile:
    """A file that lies in the store under ``object_key`` and becomes the job's artifact ``name`` at the commit."""

    name: str
    filename: str
    content_type: str
    object_key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """A row to make for a stage that is done in parts, its own among them.

    ``needs`` and ``queue`` are the recipe's unless given. ``label`` takes the number's place in the step's name.
    """

    stage: str
    number: int
    params: dict[str, Any]
    needs: tuple[str, ...] | None = None
    queue: Queue | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        return f"{self.stage}/{self.label or self.number}"


def _nothing(_session: Session) -> None:
    """A step that writes no rows of its own."""


@dataclass(frozen=True)
class Outcome:
    """``write`` runs inside the committing transaction. ``skip`` names stages that cannot do anything."""

    result: dict[str, Any] = field(default_factory=dict)
    write: Callable[[Session], None] = _nothing
    files: tuple[StoredFile, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    skip: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    source: dict[str, Any] = field(default_factory=dict)

    def warned(self, notices: Iterable[Notice]) -> "Outcome":
        """The same with what an agent or a backend told."""
        told = tuple(Warning_(notice.code, notice.detail) for notice in notices)
        return replace(self, warnings=(*self.warnings, *told))


@dataclass(frozen=True)
class Failure:
    """Why a step failed. ``retryable``: a later attempt may succeed. ``fatal``: the job ends, optional or not."""

    code: str
    message: str
    retryable: bool = False
    fatal: bool = False
