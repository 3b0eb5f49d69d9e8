"""Gets the words: backends in order, one child each, until one gives a transcript. Each failure is recorded.

A recording that is long for the backend whose turn it is is cut instead, and its chunks become steps of this stage.
"""

from dataclasses import dataclass, replace

from agents.codec import to_data
from agents.types import ChunkPlan, ChunkRequest, Transcript
from app.services.caller_keys import BACKENDS, PARAM, TRANSCRIBER
from app.services.options import SpeechOptions
from pipeline import evidence
from pipeline.chunking import PARTS_AT_ONCE, Share, share_out
from pipeline.context import StepContext
from pipeline.fallback import Failed, first_of, told_of
from pipeline.listening import listen, passed_on_to, prepare
from pipeline.outcome import Outcome, Part
from pipeline.recall import recalled, remembered, speech_key
from pipeline.speech import usable_backends
from pipeline.transcript_files import transcribed
from pipeline.workers import slots_by_worker

PART_ADAPTER, MERGE_ADAPTER = "transcription_part", "transcription_merge"
CUTTING_SHARE = 0.02
"""Of the stage's progress; the parts have the rest but for what merging takes."""
WEIGHT_OF_PARTS = 48.0
"""Together, where cutting and merging weigh 1 and 0.5: cutting is then 2 % of the stage."""
WEIGHT_OF_MERGE = 0.5


@dataclass(frozen=True)
class _Cut:
    """The recording in chunks, and who is to transcribe them."""

    plan: ChunkPlan
    backend: str
    per_worker: int


def run(context: StepContext) -> Outcome:
    info = context.read(lambda session: evidence.media_info(session, context.job.id))
    order = context.options(SpeechOptions).transcribers or context.settings.transcribers
    backends = usable_backends(order, info, caption_file=context.upload.captions_key is not None)
    slots = context.read(lambda session: slots_by_worker(session, "transcribe"))
    shares = {name: share_out(name, info.duration_s, slots, context.settings) for name in backends}

    def attempt(backend: str) -> Transcript | _Cut:
        known = recalled(context, speech_key(context, backend), Transcript)
        if known is not None:
            return known
        later = backends[backends.index(backend) + 1 :]
        with passed_on_to(later):
            if shares[backend].chunks > 1:
                return _cut(context.within(backend), backend, shares[backend])
            parts_may_follow = any(shares[name].chunks > 1 for name in later)
            return listen(_hushed(context) if parts_may_follow else context, backend, info)

    found, failures = first_of(backends, attempt)
    if isinstance(found, _Cut):
        later = backends[backends.index(found.backend) :]
        return _parts(context, found, [name for name in later if name in PARTS_AT_ONCE], failures)
    key = speech_key(context, found.backend)
    outcome = remembered(transcribed(context, found), context, key, found, found.warnings)
    return outcome.warned(told_of(failed, found.backend) for failed in failures)


def _hushed(context: StepContext) -> StepContext:
    """Progress must not go back where this attempt fails and the parts begin."""
    return replace(context, report=lambda done, message: context.report(CUTTING_SHARE / 2 * done, message))


def _cut(context: StepContext, backend: str, share: Share) -> _Cut:
    """Its model or key is looked for before, so that parts find it, or the next backend gets its turn for all."""
    prepare(context, backend, share=CUTTING_SHARE / 2)
    request = ChunkRequest(str(context.media()), share.chunks)
    plan = context.run("chunks", request, ChunkPlan, share=(CUTTING_SHARE / 2, CUTTING_SHARE))
    return _Cut(plan, backend, share.per_worker)


def _parts(context: StepContext, cut: _Cut, backends: list[str], failures: tuple[Failed, ...]) -> Outcome:
    stage = context.claim.stage
    total_s = sum(span.duration_s for span in cut.plan.chunks)
    given = context.claim.params.get(PARAM)
    key = {PARAM: given} if given is not None and TRANSCRIBER in backends else {}  # its name; parts keep it alive
    parts = [
        Part(
            stage,
            number,
            {
                "adapter": PART_ADAPTER,
                "weight": WEIGHT_OF_PARTS * span.duration_s / total_s,
                "span": to_data(span),
                "threshold_dbfs": cut.plan.threshold_dbfs,
                "lead_in": lead_in,
                "per_worker": cut.per_worker,
                BACKENDS: backends,
                **key,
            },
        )
        for number, (span, lead_in) in enumerate(zip(cut.plan.chunks, cut.plan.lead_ins, strict=True), 1)
    ]
    names = tuple(part.name for part in parts)
    params = {
        "adapter": MERGE_ADAPTER,
        "weight": WEIGHT_OF_MERGE,
        "parts": names,
        "failures": [to_data(f) for f in failures],
    }
    merging = Part(stage, len(parts) + 1, params, needs=names, queue="io", label="merge")
    return Outcome(result={"parts": len(parts)}, parts=(*parts, merging))
