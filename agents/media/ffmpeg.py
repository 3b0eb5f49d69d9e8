"""FFmpeg as a child process: one place that finds it, opens inputs under whitelists, and reports progress.

``-protocol_whitelist file`` alone does not stop a playlist named ``.mp4`` from reading another local file, so
every input also passes a whitelist of demuxers, none of which refers to other files.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import ClassVar

import imageio_ffmpeg

from agents.errors import AgentError, CorruptMedia, DependencyMissing, UnsupportedMedia
from agents.types import Report

DEMUXERS = ",".join(
    (
        "aac,ac3,ac4,aiff,amr,amrnb,amrwb,ape,asf,asf_o,ast,au,av1,avi,avs,caf,dirac,dnxhd,dts,dtshd,dv,eac3",
        "flac,flv,gif,gxf,h261,h263,h264,hevc,ivf,loas,lvf,m4v,matroska,webm,mjpeg,mlp,mov,mp4,m4a,3gp,3g2,mj2",
        "mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,oma,opus,rm,shn,sox,swf,truehd,tta,vc1,voc,vvc",
        "w64,wav,wsaud,wtv,wv,xwma,y4m,yuv4mpegpipe",
    )
)
PROTOCOLS = "file"
STDERR_TAIL_CHARS = 4000
_SPEAKER = re.compile(r"\[[^\[\]]* @ 0x[0-9a-f]+\]\s*")
"""Which part of FFmpeg says it, and where that lies in memory: nothing a person can use."""


@dataclass(frozen=True)
class Feed:
    """Raw pictures or sound that FFmpeg reads from us; ``options`` say what the bytes of ``chunks`` mean."""

    options: tuple[str, ...]
    chunks: Iterator[bytes]


class FfmpegFailed(AgentError):
    """FFmpeg ended with an error; the message carries the last lines it wrote."""

    code: ClassVar[str] = "ffmpeg_failed"


def ffmpeg_binary() -> str:
    """``FFMPEG_BINARY``, else the binary inside the imageio-ffmpeg wheel."""
    configured = os.environ.get("FFMPEG_BINARY")
    if configured:
        if not Path(configured).is_file():
            raise DependencyMissing(f"FFMPEG_BINARY is set to {configured}, and there is no such file.")
        return configured
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def input_arguments(media: str | Path, *, before: Sequence[str] = ()) -> list[str]:
    """Arguments that open one media file and nothing else; ``before`` are input options such as ``-ss``."""
    return [
        "-protocol_whitelist",
        PROTOCOLS,
        "-format_whitelist",
        DEMUXERS,
        *before,
        "-i",
        f"file:{media}",
    ]


def run(
    arguments: Sequence[str],
    *,
    report: Report | None = None,
    duration_s: float | None = None,
    message: str = "",
    cwd: str | Path | None = None,
    feeds: Sequence[Feed] = (),
) -> str:
    """Run FFmpeg to its end, reporting ``out_time / duration_s``. Returns its (bounded) log; raises FfmpegFailed.

    ``feeds`` are its first inputs, each written by a thread. What one of them raises, this raises.
    """
    command = [ffmpeg_binary(), "-hide_banner", "-nostdin", "-y", "-nostats", "-progress", "pipe:1"]
    pipes = [os.pipe() for _ in feeds]
    for feed, (reading, _) in zip(feeds, pipes, strict=True):
        command += [*feed.options, "-i", f"pipe:{reading}"]
    read_ends = [reading for reading, _ in pipes]
    failures: list[Exception] = []
    writers = [
        Thread(target=_write, args=(writing, feed.chunks, failures), daemon=True)
        for feed, (_, writing) in zip(feeds, pipes, strict=True)
    ]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=cwd,
            pass_fds=read_ends,
        )
        for end in read_ends:
            os.close(end)
        try:
            for writer in writers:
                writer.start()
            assert process.stdout is not None
            for line in process.stdout:
                key, _, value = line.decode("ascii", "replace").strip().partition("=")
                if key == "out_time_us" and report and duration_s and value.lstrip("-").isdigit():
                    report(min(max(int(value) / 1e6 / duration_s, 0.0), 1.0), message)
            code = process.wait()
        finally:
            _stop(process)
            for writer in writers:
                writer.join()
        text = _tail(log.fileno())
    if failures:
        raise failures[0]
    if code:
        raise _failure(text)
    return text


def _write(descriptor: int, chunks: Iterator[bytes], failures: list[Exception]) -> None:
    """Ends early where FFmpeg has ended (its exit code says why) or another feed has failed."""
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as out, suppress(BrokenPipeError):
            for chunk in chunks:
                if failures:
                    return
                rest = memoryview(chunk)
                while rest:
                    rest = rest[out.write(rest) :]
    except Exception as error:
        failures.append(error)


def stream(arguments: Sequence[str], *, chunk_bytes: int) -> Iterator[bytes]:
    """Yield what FFmpeg writes to ``pipe:1`` in chunks of ``chunk_bytes`` (the last may be shorter).

    Errors after some output are tolerated: a truncated file gives what it holds. No output at all raises.
    """
    command = [ffmpeg_binary(), "-hide_banner", "-nostdin", "-v", "error", *arguments, "pipe:1"]
    got_any = False
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        try:
            assert process.stdout is not None
            while chunk := process.stdout.read(chunk_bytes):
                got_any = True
                yield chunk
            code = process.wait()
        finally:
            _stop(process)
        if code and not got_any:
            raise _failure(_tail(log.fileno()))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        process.kill()
    with suppress(OSError):
        process.wait()


def _tail(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    start = max(size - STDERR_TAIL_CHARS, 0)
    return os.pread(descriptor, size - start, start).decode("utf-8", "replace")


def _failure(text: str) -> AgentError:
    last = " ".join(_SPEAKER.sub("", line).strip() for line in text.strip().splitlines()[-3:]).rstrip(".")
    if "not in whitelist" in text or "Format not on whitelist" in text:
        return UnsupportedMedia("The file's container format is not one that Lectern reads.")
    if "Invalid data found when processing input" in text or "moov atom not found" in text:
        return CorruptMedia("The file is damaged or is not media: FFmpeg found no data it could decode.")
    return FfmpegFailed(f"FFmpeg ended with an error: {last}.")
