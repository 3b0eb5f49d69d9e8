"""A lecture that comes without captions, on a machine without a speech model: a draft, said to be one, and clips."""

import re
from itertools import pairwise
from pathlib import Path

import httpx2
import jiwer
import pysubs2
import pytest

from pipeline.stack import Stack
from tests.end_to_end.service import codes, submit, wait
from tests.media_factory import make_media

pytestmark = [pytest.mark.stack, pytest.mark.media]
WORST_WER = 0.75
LENGTH_S = 240.0


def words(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9' ]", " ", text.lower()).split())


def test_words_come_from_the_fallback_and_clips_all_the_same(embedded: Stack, lectures: Path, tmp_path: Path) -> None:
    lecture = make_media(
        tmp_path / "begun.mp4", "-i", str(lectures / "switching.mp4"), *("-t", f"{LENGTH_S}", "-c", "copy")
    )
    with httpx2.Client(base_url=embedded.url, timeout=60, trust_env=False) as http:
        job = wait(http, submit(http, lecture, max_clips=3, reel=False), within_s=500)
        assert job["status"] == "completed", job["error"]
        assert "transcriber_fallback" in codes(job)
        result = http.get(f"/api/v1/results/{job['id']}").json()
    transcript = result["transcript"]
    assert (transcript["backend"], transcript["quality"]) == ("pocketsphinx", "draft")
    assert len(transcript["segments"]) >= LENGTH_S / 20, "sentences end at pauses"
    assert all(a["end_s"] <= b["start_s"] + 0.01 for a, b in pairwise(transcript["segments"]))
    cues = [cue for cue in pysubs2.load(str(lectures / "switching.vtt")) if cue.end <= 1000 * LENGTH_S]
    truth = words(" ".join(cue.plaintext for cue in cues))
    heard = words(" ".join(segment["text"] for segment in transcript["segments"]))
    assert jiwer.wer(truth, heard) <= WORST_WER
    assert len(result["clips"]) == 3
    assert all(20 <= clip["end_s"] - clip["start_s"] <= 120 for clip in result["clips"])
