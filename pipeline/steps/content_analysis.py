"""Finds topics and key sentences in the transcript, with slides and pauses as evidence."""

from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.types import Analysis, AnalysisRequest, Transcript
from app.models import ContentSegment
from app.services.options import HighlightsOptions
from app.services.recipes import RECIPES
from pipeline import evidence
from pipeline.analyzers.analysis import Analyst, readable
from pipeline.analyzers.answer_cache import StoredAnswers
from pipeline.analyzers.choice import LOCAL, chosen, model_named
from pipeline.context import StepContext
from pipeline.outcome import Outcome, Warning_
from pipeline.recall import earlier_jobs, key_of, recalled, remembered

NO_WORDS = Transcript(language="und", backend="none", quality="draft", segments=())


def run(context: StepContext) -> Outcome:
    options = context.options(HighlightsOptions)
    request = context.read(lambda s: _request(s, context, options.focus))
    key = key_of(context, request=to_data(request), model=model_named(options.analyzer, context.settings))
    analysis, usage = recalled(context, key, Analysis), None
    if analysis is None:
        analysis, usage = _analyst(context, options.analyzer).analyse(request, options.analyzer)
    data = to_data(analysis)
    job_id = context.job.id

    def write(session: Session) -> None:
        for topic in data["topics"]:
            detail = {"keywords": topic["keywords"], "subtopics": topic["subtopics"]}
            session.add(_segment("topic", topic, topic["title"], detail))
        for sentence in data["sentences"]:
            session.add(_segment("sentence", sentence, sentence["text"], {"reasons": sentence["reasons"]}))

    def _segment(kind: str, item: dict[str, float], title: str, detail: dict[str, object]) -> ContentSegment:
        return ContentSegment(
            job_id=job_id,
            kind=kind,
            start_s=item["start_s"],
            end_s=item["end_s"],
            title=title,
            importance=item["importance"],
            detail=detail,
        )

    outcome = Outcome(
        result={
            "summary": analysis.summary,
            "backend": analysis.backend,
            "usage": usage.document(context.settings) if usage else None,
        },
        write=write,
        warnings=tuple(Warning_(n.code, n.detail) for n in analysis.warnings),
    )
    return remembered(outcome, context, key, analysis, analysis.warnings)


def _analyst(context: StepContext, analyzer: str) -> Analyst:
    earlier = earlier_jobs(context) if chosen(analyzer, context.settings) != LOCAL else ()
    limit_s = RECIPES[context.job.kind].step(context.claim.stage).limit_s(context.job.source.get("duration_s"))
    return Analyst(
        settings=context.settings,
        local=lambda request, share: context.run("analysis", request, Analysis, share=share),
        cache=StoredAnswers(context.store, context.job.id, context.workspace, earlier, readable),
        stop=context.stop,
        report=context.report,
        limit_s=min(limit_s, context.settings.step_timeout_s),
    )


def _request(session: Session, context: StepContext, focus: str | None) -> AnalysisRequest:
    job_id = context.job.id
    layout = evidence.layout(session, job_id)
    model_dir = context.settings.embedding_model
    return AnalysisRequest(
        transcript=evidence.transcript(session, job_id) or NO_WORDS,
        duration_s=evidence.media_info(session, job_id).duration_s,
        silences=evidence.silences(session, job_id),
        loudness=evidence.loudness(session, job_id),
        slide_changes=layout.slide_changes if layout else (),
        focus=focus,
        model_dir=str(model_dir.absolute()) if model_dir else None,
    )
