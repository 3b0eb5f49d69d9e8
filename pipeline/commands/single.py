"""``lectern silence|transcribe|layout|analyze|cut``: one agent alone. JSON on standard output, progress beside it."""

import json
import tempfile
import threading
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import click

from agents.codec import from_file, to_data
from agents.errors import InvalidRequest
from agents.transcript_agent.hints import chosen_hints
from agents.types import (
    Analysis,
    AnalysisRequest,
    CompileRequest,
    EditPlan,
    LayoutRequest,
    LayoutTimeline,
    MediaInfo,
    ProbeRequest,
    RenderedClip,
    SilenceRequest,
    SilenceResult,
    Transcript,
    TranscriptRequest,
)
from app.core.settings import get_settings
from app.services.options import HighlightsOptions
from pipeline.analyzers.analysis import Analyst
from pipeline.analyzers.answer_cache import NoCache
from pipeline.child import run_child
from pipeline.chunking import share_out
from pipeline.commands.remote_speech import ask_remotely
from pipeline.local_chunks import transcribe_chunks
from pipeline.remote_speech.prompt import BACKEND as REMOTE
from pipeline.speech import first_transcript, model_of, usable_backends
from pipeline.terminal import Display
from pipeline.workers import slots_of

T = TypeVar("T")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)
ANALYZERS = get_args(HighlightsOptions.model_fields["analyzer"].annotation)
MODE_HELP = "Where it is quiet (energy), or where nobody speaks (vad: music is silence)."
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the whole document as JSON.")


def run_agent(agent: str, request: object, result: type[T], label: str) -> T:
    """Run one agent in a child of its own, with progress on standard error."""
    with Display() as display, tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        found = run_child(
            agent,
            request,
            result,
            workspace=Path(folder),
            settings=get_settings(),
            report=lambda fraction, message: display.show(agent, label, fraction, message),
            stop=threading.Event(),
        )
        display.show(agent, label, 1.0, status="completed")
    return found


def show(document: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """The whole document, or the lines a person reads."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))


@click.command()
@click.argument("file", type=FILE)
@click.option("--min-silence-ms", type=click.IntRange(10, 60_000), default=500, show_default=True)
@click.option("--threshold-dbfs", type=click.FloatRange(-120, 0), default=None, help="Adaptive when not given.")
@click.option("--seek-step-ms", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--mode", type=click.Choice(["energy", "vad"]), default="energy", show_default=True, help=MODE_HELP)
@AS_JSON
def silence(
    file: Path,
    *,
    min_silence_ms: int,
    threshold_dbfs: float | None,
    seek_step_ms: int,
    mode: Literal["energy", "vad"],
    as_json: bool,
) -> None:
    """Find the silences of FILE."""
    request = SilenceRequest(str(file), min_silence_ms, threshold_dbfs, seek_step_ms, mode)
    found = run_agent("silence", request, SilenceResult, "Finding silences")
    show(to_data(found), as_json, [f"{r.start_s:10.3f} {r.end_s:10.3f}" for r in found.regions])


@click.command()
@click.argument("file", type=FILE)
@click.option("--captions", type=FILE, default=None, help="Take the words from this SRT or WebVTT file.")
@click.option("--transcribers", metavar="A,B,…", default=None, help="Backends in order of preference.")
@click.option("--language", default="auto", show_default=True)
@click.option("--glossary", metavar="A,B,…", default="", help="Names and terms that are likely to be said.")
@click.option("--slides", type=FILE, default=None, help="Text of the slides; its rarer words are listened for.")
@AS_JSON
def transcribe(
    file: Path,
    *,
    captions: Path | None,
    transcribers: str | None,
    language: str,
    glossary: str,
    slides: Path | None,
    as_json: bool,
) -> None:
    """Get the words of FILE."""
    settings = get_settings()
    hints = chosen_hints(glossary.split(","), slides.read_text("utf-8", "replace") if slides else None)
    order = tuple(p.strip() for p in transcribers.split(",")) if transcribers else settings.transcribers
    info = run_agent("probe", ProbeRequest(str(file)), MediaInfo, "Reading the file")

    def attempt(backend: str) -> Transcript:
        if backend == REMOTE:
            return ask_remotely(file, language, hints, settings)
        request = TranscriptRequest(
            media=str(file),
            backend=backend,
            captions=str(captions) if captions and backend == "captions" else None,
            language=language,
            model=settings.whisper_model,
            model_dir=_model_dir(backend),
            duration_s=info.duration_s,
            hints=hints,
        )
        label = f"Transcribing ({backend})"
        share = share_out(backend, info.duration_s, (slots_of(settings),), settings)
        if share.chunks == 1:
            return run_agent("transcript", request, Transcript, label)
        with Display() as display:
            found = transcribe_chunks(
                request, share, settings, lambda done, message: display.show("transcript", label, done, message)
            )
            display.show("transcript", label, 1.0, status="completed")
        return found

    found = first_transcript(usable_backends(order, info, caption_file=captions is not None), attempt)
    show(to_data(found), as_json, [f"{s.start_s:10.3f} {s.end_s:10.3f}  {s.text}" for s in found.segments])


def _model_dir(backend: str) -> str | None:
    with Display() as display:
        found = model_of(
            backend,
            get_settings(),
            lambda fraction, message: display.show("model", "Fetching the model", fraction, message),
        )
    return str(found) if found else None


@click.command()
@click.argument("file", type=FILE)
@AS_JSON
def layout(file: Path, as_json: bool) -> None:
    """Read the layout of FILE over time, and its slide changes."""
    found = run_agent("layout", LayoutRequest(str(file)), LayoutTimeline, "Reading the layout")
    lines = [f"{s.start_s:10.3f} {s.end_s:10.3f}  {s.layout}" for s in found.spans]
    show(to_data(found), as_json, lines + [f"{c.time_s:10.3f}  slide change" for c in found.slide_changes])


@click.command()
@click.argument("file", type=FILE)
@click.option("--video", type=FILE, default=None, help="The recording, for its slide changes and pauses.")
@click.option("--focus", default=None, help="What matters most, in free text.")
@click.option("--analyzer", type=click.Choice(ANALYZERS), default="auto", show_default=True)
@AS_JSON
def analyze(file: Path, video: Path | None, focus: str | None, analyzer: str, as_json: bool) -> None:
    """Find topics and key sentences in FILE: captions (SRT, WebVTT) or a transcript as JSON."""
    words = _words(file)
    duration_s = max((s.end_s for s in words.segments), default=0.0)
    timeline, pauses = None, None
    if video is not None:
        timeline = run_agent("layout", LayoutRequest(str(video)), LayoutTimeline, "Reading the layout")
        pauses = run_agent("silence", SilenceRequest(str(video)), SilenceResult, "Finding silences")
        duration_s = timeline.duration_s
    settings = get_settings()
    request = AnalysisRequest(
        transcript=words,
        duration_s=duration_s,
        silences=pauses.regions if pauses else (),
        slide_changes=timeline.slide_changes if timeline else (),
        focus=focus,
        loudness=pauses.loudness if pauses else None,
        model_dir=str(settings.embedding_model.absolute()) if settings.embedding_model else None,
    )
    local = run_agent("analysis", request, Analysis, "Finding topics")
    with Display() as display:
        analyst = Analyst(
            settings=settings,
            local=lambda _request, _share: local,
            cache=NoCache(),
            stop=threading.Event(),
            report=lambda fraction, message: display.show("model", "Asking a model", fraction, message),
            limit_s=settings.step_timeout_s,
        )
        found, usage = analyst.analyse(request, analyzer)
    lines = [f"{t.start_s:10.3f} {t.end_s:10.3f}  {t.title}" for t in found.topics]
    told = {"usage": usage.document(settings)} if usage else {}
    show({**to_data(found), **told}, as_json, [*lines, "", found.summary, *(n.detail for n in found.warnings)])


def _words(file: Path) -> Transcript:
    if file.suffix.lower() == ".json":
        return from_file(Transcript, file)
    request = TranscriptRequest(media=str(file), backend="captions", captions=str(file))
    return run_agent("transcript", request, Transcript, "Reading the captions")


@click.command()
@click.argument("file", type=FILE)
@click.option("--plan", "plan_file", type=FILE, required=True, help="An edit plan (plan.json of a run).")
@click.option("--captions", type=FILE, default=None, help="Captions to show in the clips (SRT, WebVTT or JSON).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("highlights"), show_default=True)
@click.option("--clip", "ranks", type=int, multiple=True, help="Only this clip of the plan; may be repeated.")
@click.option("--renderer", type=click.Choice(["ffmpeg", "moviepy"]), default="ffmpeg", show_default=True)
@AS_JSON
def cut(
    file: Path,
    *,
    plan_file: Path,
    captions: Path | None,
    out: Path,
    ranks: tuple[int, ...],
    renderer: Literal["ffmpeg", "moviepy"],
    as_json: bool,
) -> None:
    """Render the clips of an edit plan from FILE."""
    plan = from_file(EditPlan, plan_file)
    chosen = [clip for clip in plan.clips if not ranks or clip.rank in ranks]
    if not chosen:
        raise InvalidRequest("The plan has no such clip.")
    words = _words(captions).segments if captions else ()
    rendered = {}
    for clip in chosen:
        folder = (out / f"{clip.rank:02}").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        request = CompileRequest(
            str(file), clip, settings=plan.settings, out_dir=str(folder), segments=words, renderer=renderer
        )
        done = run_agent("compile", request, RenderedClip, f"Rendering clip {clip.rank}")
        rendered[clip.rank] = [str(folder / f.path) for f in done.files]
    document = {"clips": [{"rank": rank, "files": files} for rank, files in rendered.items()]}
    show(document, as_json, [path for files in rendered.values() for path in files])
