"""A recording in parts on two workers beside one worker without parts: the real service, the draft recogniser.

And what it weighs: a recording six times as long must not need more memory.
"""

import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from time import perf_counter

import httpx2
import numpy as np

from agents.media.audio import SAMPLE_RATE_HZ, Samples, pcm_chunks, write_wav
from agents.media.ffmpeg import input_arguments, run
from agents.media.probe import probe
from agents.transcript_agent.lead_in import LevelTrack
from agents.transcript_agent.pieces import find_pauses, joined_pieces, read_pieces
from agents.types import TimeRange, TranscriptRequest
from app.core.settings import Settings
from bench.memory import MIB, Scale
from bench.table import Row
from pipeline.chunking import Share
from pipeline.local_chunks import transcribe_chunks
from pipeline.part import Part
from pipeline.postgres import EmbeddedPostgres
from pipeline.stack import Stack

SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
BEGIN_S, LENGTH_S, CHUNK_S = 60.0, 240.0, 100.0
SPOKEN_S = 15.0
SHORT_S, LONG_S = 600.0, 3600.0
TARGET, HEAVIER, SOUGHT = 1.6, 1.1, 1.6
END_S, LAST_S = 7200.0, 1800.0
STEP_S = 0.01
"""Pauses are looked for in such steps, and the lecture's AAC has random noise in it, other noise after a seek."""
SAME_WORDS = 0.98
"""Of the words, at least: next to a seam the recogniser has less to go by, and may hear another word."""
WITHIN_S = 1200.0


def rows() -> list[Row]:
    """Three rows; none where the shared recordings are absent."""
    lecture = SHARED_DATA / "lectures" / "switching.mp4"
    if not lecture.is_file():
        return []
    speech = np.concatenate(list(pcm_chunks(lecture, start_s=BEGIN_S, duration_s=LENGTH_S)))
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as folder:
        folder_path = Path(folder)
        return [_on_two_workers(speech, folder_path), _memory(speech, folder_path), _last_part(lecture, folder_path)]


def _on_two_workers(speech: Samples, folder: Path) -> Row:
    media = folder / "lecture.wav"
    write_wav(speech, media)
    data_dir = folder / "data"
    try:
        with Stack(Settings(_env_file=None, data_dir=data_dir), port=0, worker=False) as stack:
            with _workers(stack, 1, chunk_s=2 * LENGTH_S):
                whole_s, whole = _transcribe(stack, media)
            with _workers(stack, 2, chunk_s=CHUNK_S):
                parts_s, parts = _transcribe(stack, media)
    finally:
        EmbeddedPostgres(data_dir).remove()
    ratio = whole_s / parts_s
    same = sum(block.size for block in SequenceMatcher(None, whole, parts, autojunk=False).get_matching_blocks())
    return Row(
        "transcription in parts, 2 workers",
        parts_s,
        "1 worker, no parts",
        whole_s,
        ratio,
        f">= {TARGET}",
        ratio >= TARGET and same >= SAME_WORDS * max(len(whole), len(parts)),
        f"{LENGTH_S:.0f} s of a lecture, pocketsphinx; {same} of {len(whole)} words the same, {len(parts)} in parts",
    )


@contextmanager
def _workers(stack: Stack, count: int, *, chunk_s: float) -> Iterator[None]:
    """Workers of one slot each."""
    environment = {
        **os.environ,
        "LECTERN_DATA_DIR": str(stack.data_dir),
        "LECTERN_DATABASE_URL": EmbeddedPostgres(stack.data_dir).url,
        "LECTERN_WORKER_CONCURRENCY": "1",
        "LECTERN_TRANSCRIPTION_CHUNK_S": str(chunk_s),
    }
    with ExitStack() as ends:
        for number in range(count):
            log = stack.data_dir / f"bench-worker-{number}.log"
            worker = Part("worker", [sys.executable, "-m", "pipeline.worker"], environment, log, 5.0)
            worker.start()
            ends.callback(worker.stop)
            _await_ready(log)
        yield


def _transcribe(stack: Stack, media: Path) -> tuple[float, list[str]]:
    """Seconds from the stage's first step to its last, and the words."""
    options = json.dumps({"transcribers": ["pocketsphinx"]})
    with httpx2.Client(base_url=f"{stack.url}/api/v1", timeout=60, trust_env=False) as http:
        answer = http.post("/upload", files={"file": (media.name, media.read_bytes())}, data={"options": options})
        job = answer.raise_for_status().json()
        until_s = time.monotonic() + WITHIN_S
        while job["status"] not in ("completed", "failed", "cancelled"):
            if time.monotonic() > until_s:
                raise TimeoutError("the job does not end")
            time.sleep(0.5)
            job = http.get(f"/jobs/{job['id']}").raise_for_status().json()
        if job["status"] != "completed":
            raise RuntimeError(f"the job is {job['status']}: {job['error']}")
        segments = http.get(f"/results/{job['id']}").raise_for_status().json()["transcript"]["segments"]
        http.delete(f"/jobs/{job['id']}").raise_for_status()  # or the next one would find its words again
    stage = next(step for step in job["steps"] if step["name"] == "transcription")
    return float(stage["duration_s"]), [word["text"] for segment in segments for word in segment["words"]]


def _await_ready(log: Path) -> None:
    until_s = time.monotonic() + 60
    while "the worker is ready" not in (log.read_text("utf-8", "replace") if log.exists() else ""):
        if time.monotonic() > until_s:
            raise TimeoutError("a worker did not get ready")
        time.sleep(0.1)


def _last_part(lecture: Path, folder: Path) -> Row:
    """What the last half hour of two hours costs besides recognising it, sought and decoded from the beginning."""
    once, media = folder / "once.aac", folder / "long.m4a"
    run([*input_arguments(lecture), "-vn", "-c", "copy", "-f", "adts", f"file:{once}"])
    repeated = once.read_bytes() * math.ceil(END_S / probe(lecture).duration_s)  # no time stamps, so no holes
    once.write_bytes(repeated)
    run([*input_arguments(once), "-t", str(END_S), "-c", "copy", f"file:{media}"])
    track = LevelTrack()
    for chunk in pcm_chunks(media):
        track.add(chunk)
    span = TimeRange(END_S - LAST_S, END_S)
    asked = TranscriptRequest(str(media), "", span=span, threshold_dbfs=-45.0, lead_in=track.before(span.start_s))
    taken_s = []
    pauses = []
    for request in (asked, replace(asked, lead_in="")):
        began_s = perf_counter()
        found = find_pauses(request, lambda _fraction, _message: None, min_silence_ms=300)
        for _ in read_pieces(media, joined_pieces(found, target_s=300.0), found.from_s):
            pass
        taken_s.append(perf_counter() - began_s)
        pauses.append([each for each in found.levels[0] if each.start_s >= span.start_s])
    ratio = taken_s[1] / taken_s[0]
    apart_s = [abs(a.start_s - b.start_s) for a, b in zip(*pauses, strict=False)]
    same = len(pauses[0]) == len(pauses[1]) and max(apart_s, default=0.0) < STEP_S * 1.5
    return Row(
        "sound of the last part of 2 h",
        taken_s[0],
        "from the beginning",
        taken_s[1],
        ratio,
        f">= {SOUGHT}",
        ratio >= SOUGHT and same,
        f"decoding the last {LAST_S / 60:.0f} min for pauses and for words, AAC; {len(pauses[0])} pauses, "
        + ("the same to 10 ms" if same else "not the same"),
    )


def _memory(speech: Samples, folder: Path) -> Row:
    """The same half minute of speech, at the beginning and the end of a short and of a long recording."""
    spoken = speech[: int(SPOKEN_S * SAMPLE_RATE_HZ)]
    settings = Settings(_env_file=None, data_dir=folder / "alone")
    found: dict[float, tuple[float, float]] = {}
    for length_s in (SHORT_S, LONG_S):
        media = folder / "long.wav"
        write_wav(
            np.concatenate((spoken, np.zeros(int((length_s - 2 * SPOKEN_S) * SAMPLE_RATE_HZ), np.int16), spoken)), media
        )
        scale = Scale()
        scale.start()
        began_s = perf_counter()
        transcribe_chunks(
            TranscriptRequest(str(media), "pocketsphinx"), Share(2, 2, 2), settings, lambda _fraction, _message: None
        )
        found[length_s] = perf_counter() - began_s, scale.stop() / MIB
    ratio = found[LONG_S][1] / found[SHORT_S][1]
    return Row(
        f"transcription in parts, {LONG_S / 60:.0f} min",
        found[LONG_S][0],
        f"{SHORT_S / 60:.0f} min",
        found[SHORT_S][0],
        ratio,
        f"<= {HEAVIER}",
        ratio <= HEAVIER,
        f"note: ratio of peak memory, {found[LONG_S][1]:.0f} over {found[SHORT_S][1]:.0f} MiB; the same speech in both",
    )
