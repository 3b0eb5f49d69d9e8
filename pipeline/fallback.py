"""Backends in order until one answers, and what is told of those that did not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from agents.types import Notice
from pipeline.child import ChildFailed

T = TypeVar("T")


@dataclass(frozen=True)
class Failed:
    """A backend that gave nothing, and why, in a sentence."""

    backend: str
    reason: str


def _always(_error: ChildFailed) -> bool:
    return True


def first_of(
    backends: Iterable[str], attempt: Callable[[str], T], *, passes_on: Callable[[ChildFailed], bool] = _always
) -> tuple[T, tuple[Failed, ...]]:
    """The first answer and the failures before it. Raises ChildFailed: of none, or one that must not be passed on."""
    failures: list[Failed] = []
    for backend in backends:
        try:
            return attempt(backend), tuple(failures)
        except ChildFailed as error:
            if not passes_on(error):
                raise
            failures.append(Failed(backend, str(error)))
    detail = " ".join(f"{failed.backend}: {failed.reason}" for failed in failures)
    raise ChildFailed("transcription_failed", f"No backend could transcribe the recording. {detail}")


def told_of(failed: Failed, instead: str, where: str = "") -> Notice:
    """``where`` is the part of the recording, as `` from 10:00 to 20:00``; empty for all of it."""
    code = "captions_unusable" if failed.backend == "captions" else "transcriber_fallback"
    words = f"The words {'there ' if where else ''}come from {instead}."
    return Notice(code, f"{failed.backend} could not be used{where}: {failed.reason} {words}")
