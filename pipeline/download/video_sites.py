"""Recordings on the pages of video sites, through yt-dlp where the operator has turned it on.

yt-dlp runs in a process of its own, without the service's environment, and every request it makes goes through the
guard proxy. What it brings is judged like any other download.
"""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from app.core.errors import (
    DependencyMissing,
    EmptyFile,
    FileTooLarge,
    ForbiddenUrl,
    SourceRefused,
    SourceUnreachable,
)
from app.services.filenames import display_name
from app.services.remote_urls import checked_url
from app.services.sniffing import HEAD_BYTES, accepted_type
from pipeline.download.client import Downloaded, DownloadStopped, Report
from pipeline.egress import Egress
from pipeline.egress.guard_proxy import GuardProxy, guard_proxy
from pipeline.processes import kill_group

INSTALL = "pip install 'lectern[yt-dlp]'"
POLL_S = 0.25
PYTHON = {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
"""The child's limit on the size of files must not cut off a cache of compiled code."""
OVERHEAD_BYTES = 64 * 1024**2
"""Pages, playlists and the framing of segments, on top of the recording."""
LONGEST_LINE_BYTES = 64 * 1024
BLOCK_BYTES = 1 << 20


def download_from_site(
    egress: Egress,
    url: str,
    path: Path,
    *,
    max_bytes: int,
    report: Report,
    stop: threading.Event,
    deadline_s: float = 4 * 3600.0,
) -> Downloaded:
    """Fetch the recording that the page at ``url`` shows into ``path``. Ends within a second of ``stop``.

    Raises DependencyMissing, ForbiddenUrl, SourceRefused, SourceUnreachable, FileTooLarge, EmptyFile,
    UnsupportedMedia, DownloadStopped. Nothing is left for a later call to go on from.
    """
    if not egress.settings.yt_dlp:
        raise DependencyMissing(f"Pages of video sites are off. Run {INSTALL} and set LECTERN_YT_DLP=true.")
    if importlib.util.find_spec("yt_dlp") is None:
        raise DependencyMissing(f"Pages of video sites need yt-dlp, which is not installed. Run {INSTALL}.")
    url = checked_url(url, egress.settings)
    folder = path.with_name(f"{path.name}.site")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        with guard_proxy(egress, max_bytes=max_bytes + OVERHEAD_BYTES, deadline_s=deadline_s, stop=stop) as proxy:
            request = {"url": url, "folder": str(folder), "max_bytes": max_bytes}
            ended = _run(proxy, request, report, deadline_s)
            _check(ended, proxy)
        return _taken(folder, path, str(ended.get("title", "")), max_bytes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(proxy: GuardProxy, request: dict[str, object], report: Report, deadline_s: float) -> dict[str, object]:
    """What the child said last; empty where it said nothing."""
    folder = str(request["folder"])
    request = {**request, "proxy": proxy.url, "proxy_port": proxy.port}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "pipeline.download.video_site_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"PATH": "", "HOME": folder, "TMPDIR": folder, "YTDLP_NO_PLUGINS": "1", **PYTHON},
        start_new_session=True,
    )
    said: dict[str, object] = {}
    reader = threading.Thread(target=_listen, args=(process, said, report), daemon=True)
    reader.start()
    ends_at = time.monotonic() + deadline_s
    try:
        assert process.stdin is not None
        process.stdin.write(f"{json.dumps(request)}\n".encode())
        process.stdin.flush()
        while process.poll() is None:
            if proxy.stop.wait(POLL_S):
                raise DownloadStopped
            if time.monotonic() > ends_at:
                raise SourceUnreachable("The video site took too long. Try again later.")
    except BrokenPipeError:
        return said
    finally:
        kill_group(process.pid)
        process.wait()
        reader.join(timeout=5)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
    return said


def _listen(process: subprocess.Popen[bytes], said: dict[str, object], report: Report) -> None:
    told_at = 0.0
    assert process.stdout is not None
    while line := process.stdout.readline(LONGEST_LINE_BYTES):
        try:
            note = json.loads(line)
        except ValueError:
            continue  # a library printed something
        if "have_bytes" not in note:
            said.update(note)
        elif time.monotonic() - told_at >= 1:
            told_at = time.monotonic()
            have, size = int(note["have_bytes"]), int(note["size_bytes"])
            report(min(have / size, 1.0) if size else 0.0, f"Fetching the recording: {have / 1e6:.1f} MB")


def _check(ended: dict[str, object], proxy: GuardProxy) -> None:
    if "title" in ended:
        return
    if ended.get("error") == "too_large":
        raise FileTooLarge("The recording is larger than allowed. Use a smaller one.")
    if ended.get("error") == "missing":
        raise DependencyMissing(f"Pages of video sites need yt-dlp, which is not installed. Run {INSTALL}.")
    if proxy.refusals:
        raise ForbiddenUrl(proxy.refusals[0])
    if ended.get("error") == "network":
        raise SourceUnreachable("The video site does not answer as it should. Try again later.")
    raise SourceRefused("The page shows no recording that can be fetched as one file. Use a link to the file itself.")


def _taken(folder: Path, path: Path, title: str, max_bytes: int) -> Downloaded:
    """The one file there is, judged and moved."""
    found = [each for each in folder.glob("recording.*") if each.is_file() and not each.is_symlink()]
    if len(found) != 1:
        raise SourceRefused("The page shows no recording of the size and kind allowed. Use a link to the file itself.")
    [file] = found
    size_bytes = file.stat().st_size
    if size_bytes > max_bytes:
        raise FileTooLarge(f"The recording is larger than the {max_bytes:,} bytes allowed. Use a smaller one.")
    if size_bytes == 0:
        raise EmptyFile("The video site sent a file without a byte. Try again later.")
    name = display_name(f"{title.replace('/', '-')}{file.suffix}" if title else "", default=f"recording{file.suffix}")
    digest = hashlib.sha256()
    with file.open("rb") as source:
        content_type = accepted_type(source.read(HEAD_BYTES), name)
        source.seek(0)
        while block := source.read(BLOCK_BYTES):
            digest.update(block)
    file.replace(path)
    return Downloaded(size_bytes, digest.hexdigest(), content_type, name)
