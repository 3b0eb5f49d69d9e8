"""What the chunks of a recording gave, as one transcript with everything that went otherwise told once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.transcript_agent.merging import merge
from agents.types import Notice, TimeRange, Transcript
from pipeline.child import ChildFailed
from pipeline.fallback import Failed, told_of
from pipeline.terminal import clock


@dataclass(frozen=True)
class ChunkResult:
    """``failures`` are of the backends before the one that gave ``transcript``; of None they say why there is none."""

    span: TimeRange
    transcript: Transcript | None
    failures: tuple[Failed, ...] = ()


def united(results: Sequence[ChunkResult], before: Sequence[Failed] = ()) -> Transcript:
    """One transcript of the chunks, in order. ``before`` are backends that failed for the whole recording.

    A chunk without a transcript leaves a gap, with the warning ``transcript_incomplete``. Raises ChildFailed
    where all of them failed.
    """
    heard = [(result.span, result.transcript) for result in results if result.transcript is not None]
    if not heard:
        reasons = dict.fromkeys(failed.reason for result in results for failed in result.failures)
        raise ChildFailed("transcription_failed", f"No part of the recording gave words. {' '.join(reasons)}")
    found = merge(heard)
    told = [told_of(failed, found.backend) for failed in before]
    told += [notice for result in results for notice in _told(result, results)]
    return replace(found, warnings=(*found.warnings, *dict.fromkeys(told)))


def _told(result: ChunkResult, results: Sequence[ChunkResult]) -> list[Notice]:
    where = f" from {clock(result.span.start_s)} to {clock(result.span.end_s)}"
    if result.transcript is None:
        reasons = " ".join(failed.reason for failed in result.failures)
        return [Notice("transcript_incomplete", f"There are no words{where}. {reasons}")]
    instead = result.transcript.backend
    return [
        told_of(failed, instead, "" if all(failed in each.failures for each in results) else where)
        for failed in result.failures
    ]
