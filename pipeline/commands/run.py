"""``lectern run``: the main job from the shell, through the same service as everybody else's."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
from pydantic.fields import FieldInfo

from app.core.settings import get_settings
from app.services.options import HighlightsOptions
from app.services.results import EXPORTS
from pipeline.client import Client, ServiceError
from pipeline.stack import Stack, find_running
from pipeline.terminal import Display, clock

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LISTS = {"transcribers", "glossary"}


class FileOrUrl(click.Path):
    """A file as a Path, or an http or https URL as it stands."""

    name = "file or url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and value.lower().startswith(("http://", "https://")):
            return value
        return super().convert(value, param, ctx)


def job_options(command: F) -> F:
    """Every option of the job as a flag of the command."""
    for name, field in reversed(HighlightsOptions.model_fields.items()):
        command = _flag(name, field)(command)
    return command


def _flag(name: str, field: FieldInfo) -> Callable[[Any], Any]:
    if name == "captions":  # --captions names the caption file
        name = "caption_style"
    flag = f"--{name.replace('_', '-')}"
    text = field.description or ""
    if name in LISTS:
        return click.option(flag, metavar="A,B,…", default=None, help=text)
    if field.annotation is bool:
        return click.option(f"{flag}/--no-{name.replace('_', '-')}", name, default=None, help=text)
    choices = [c for c in get_args(field.annotation) if isinstance(c, str)]
    if choices:
        return click.option(flag, name, type=click.Choice(choices), default=None, help=text)
    kind = next((k for k in (int, float) if field.annotation in (k, k | None)), str)
    return click.option(flag, name, type=kind, default=None, help=text)


@click.command()
@click.argument("video", type=FileOrUrl(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("highlights"), show_default=True)
@click.option("--captions", "caption_file", type=FILE, default=None, help="Captions of the recording (SRT or WebVTT).")
@click.option("--json", "as_json", is_flag=True, help="Print the result document on standard output.")
@click.option("--url", default=None, metavar="URL", help="Use the service at this address instead of a local one.")
@job_options
def run(
    video: Path | str, *, out: Path, caption_file: Path | None, as_json: bool, url: str | None, **options: Any
) -> None:
    """Find the highlights of VIDEO, a file or a URL, and write them to a folder.

    Uses the service that already runs on the data folder, else starts one for this run. A service that asks for an
    API key gets the one in LECTERN_API_KEY. The transcriber openai uses your key in LECTERN_JOB_OPENAI_API_KEY, if any.
    """
    if isinstance(video, str) and caption_file is not None:
        raise click.UsageError("--captions goes with a file. Download the recording first, or leave the captions out.")
    chosen = {name: value for name, value in options.items() if value is not None}
    if "caption_style" in chosen:
        chosen["captions"] = chosen.pop("caption_style")
    for name in LISTS & set(chosen):
        chosen[name] = [part.strip() for part in chosen[name].split(",") if part.strip()]
    with ExitStack() as stack, Display() as display:
        base_url, look_after = _service(url, stack, display)
        client = Client(base_url)
        stack.callback(client.close)
        job = _submit(client, display, video, caption_file, chosen)
        for state in client.follow(job["id"], look_after):
            job = state
            display.job(job)
        document = _collect(client, job, out, display)
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _tell(job, document)
    if job["status"] != "completed":
        error = job["error"] or {"message": f"The job was {job['status']}."}
        raise ServiceError(error["message"])


def _service(url: str | None, stack: ExitStack, display: Display) -> tuple[str, Callable[[], None]]:
    """Where to work, and what to call meanwhile: a service of our own is kept alive."""
    running = find_running(get_settings().data_dir)
    if url or running:
        return url or (running.url if running else ""), lambda: None
    display.show("service", "Starting the service", 0.0, "database, API and worker")
    started = stack.enter_context(Stack(get_settings(), port=0))
    display.show("service", "Starting the service", 1.0, status="completed")
    return started.url, started.keep_alive


def _submit(
    client: Client, display: Display, video: Path | str, captions: Path | None, options: dict[str, Any]
) -> dict[str, Any]:
    if isinstance(video, str):
        return client.submit_url(video, options=options)
    size_bytes = max(video.stat().st_size, 1)
    display.show("sending", "Sending the file", 0.0)
    job = client.submit(
        video,
        captions=captions,
        options=options,
        sent=lambda n: display.show("sending", "Sending the file", n / size_bytes, f"{n / 1e6:.1f} MB"),
    )
    display.show("sending", "Sending the file", 1.0, status="completed")
    return job


def _collect(client: Client, job: dict[str, Any], out: Path, display: Display) -> dict[str, Any]:
    """Download everything the job made; the document names the files."""
    document = client.result(job["id"])
    out.mkdir(parents=True, exist_ok=True)
    wanted: list[tuple[dict[str, Any], str, str, Path]] = []
    for clip in document["clips"]:
        stem = f"{clip['rank']:02}-{_slug(clip['title'])}"
        suffixes = {
            "video": ".mp4",
            "audio": ".m4a",
            "thumbnail": ".jpg",
            "captions_srt": ".srt",
            "captions_vtt": ".vtt",
        }
        clip["files"] = {}
        wanted += [
            (clip["files"], kind, clip["urls"][kind], out / f"{stem}{suffix}")
            for kind, suffix in suffixes.items()
            if clip["urls"].get(kind)
        ]
    document["files"] = {}
    transcript = document.get("transcript") or {"urls": {}}
    wanted += [
        (document["files"], f"transcript_{kind}", link, out / f"transcript.{kind}")
        for kind, link in transcript["urls"].items()
        if link
    ]
    wanted += [
        (document["files"], key, document["urls"][key], out / name)
        for key, name in _exported(document).items()
        if document["urls"].get(key)
    ]
    for done, (files, kind, link, path) in enumerate(wanted, start=1):
        client.download(link, path)
        files[kind] = str(path)
        display.show("download", "Saving the files", done / len(wanted), path.name)
    display.show("download", "Saving the files", 1.0, status="completed")
    (out / "result.json").write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")
    return document


def _exported(document: dict[str, Any]) -> dict[str, str]:
    """What is made of the whole edit, and what its files are called."""
    suffix = ".mp4" if any(clip["urls"].get("video") for clip in document["clips"]) else ".m4a"
    return EXPORTS | {"reel": f"reel{suffix}"}


def _slug(title: str) -> str:
    """A file name that every system takes: ASCII letters, digits and dashes."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split()
    return "-".join(words)[:48].rstrip("-") or "clip"


def _tell(job: dict[str, Any], document: dict[str, Any]) -> None:
    for warning in job["warnings"]:
        click.echo(f"Note ({warning['code']}): {warning['detail']}", err=True)
    if not document["clips"]:
        click.echo("No clips.")
        return
    for clip in document["clips"]:
        times = f"{clock(clip['start_s'])}–{clock(clip['end_s'])}"
        length = f"{clip['duration_s'] or 0:.0f} s"
        click.echo(f"\n{clip['rank']}. {clip['title']}  [{times}, {length}]")
        for reason in clip["reasons"]:
            click.echo(f"   · {reason}")
        click.echo(f"   {clip['files'].get('video') or clip['files'].get('audio') or 'not rendered'}")
    if document.get("reel"):
        click.echo(f"\nAll in one  [{document['reel']['duration_s']:.0f} s]\n   {document['files']['reel']}")
