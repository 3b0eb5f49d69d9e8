"""The main job through the whole service, on the embedded stack and on the production one."""

import json
import struct
from pathlib import Path
from typing import Any

import av
import httpx2
import pysubs2
import pytest

from pipeline.stack import Stack
from tests.conftest import ROOT
from tests.end_to_end.gold import check_lecture
from tests.end_to_end.service import codes, submit, wait

pytestmark = [pytest.mark.stack, pytest.mark.media]
EXAMPLE = ROOT / "examples" / "lecture.mp4"
EXAMPLE_CAPTIONS = ROOT / "examples" / "lecture.vtt"


@pytest.fixture(scope="module")
def finished(stack: Stack) -> tuple[dict[str, Any], dict[str, Any]]:
    """The example lecture's job and its result, once per stack."""
    with httpx2.Client(base_url=stack.url, timeout=60, trust_env=False) as http:
        job = wait(http, submit(http, EXAMPLE, caption_file=EXAMPLE_CAPTIONS))
        assert job["status"] == "completed", job["error"]
        return job, http.get(f"/api/v1/results/{job['id']}").json()


def test_every_step_is_done_once(finished: tuple[dict[str, Any], dict[str, Any]]) -> None:
    job, _ = finished
    assert [(s["name"], s["status"], s["attempt"]) for s in job["steps"]] == [
        (name, "completed", 1)
        for name in (
            "uploading",
            "silence_detection",
            "transcription",
            "layout_detection",
            "content_analysis",
            "segment_extraction",
            "video_compilation",
            "timeline_export",
            "reel_compilation",
        )
    ]
    assert (job["progress"], job["stage"], job["error"]) == (1.0, None, None)
    assert job["source"]["duration_s"] == pytest.approx(127.7, abs=0.5)


def test_clips_are_within_bounds_and_explained(finished: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _, result = finished
    assert len(result["clips"]) >= 2
    cues = pysubs2.load(str(EXAMPLE_CAPTIONS))
    for clip in result["clips"]:
        assert 20 <= clip["end_s"] - clip["start_s"] <= 120
        assert clip["title"]
        assert clip["reasons"]
        assert clip["keep"]
        for cue in cues:
            for edge_s in (clip["start_s"], clip["end_s"]):
                assert not cue.start / 1000 < edge_s < cue.end / 1000, "a clip starts or ends inside a caption"
    assert [clip["rank"] for clip in result["clips"]] == list(range(1, len(result["clips"]) + 1))
    assert result["topics"]
    assert result["transcript"]["backend"] == "captions"
    assert result["silence"]["regions"]
    assert {span["layout"] for span in result["layout"]["spans"]} >= {"slides", "speaker"}


def test_files_play_and_last_as_planned(
    finished: tuple[dict[str, Any], dict[str, Any]], http: httpx2.Client, tmp_path: Path
) -> None:
    _, result = finished
    for clip in result["clips"]:
        path = tmp_path / f"{clip['rank']}.mp4"
        path.write_bytes(fetch(http, clip["urls"]["video"]))
        planned_s = sum(kept["end_s"] - kept["start_s"] for kept in clip["keep"])
        with av.open(str(path)) as media:
            video, audio = media.streams.video[0], media.streams.audio[0]
            assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
            assert video.width % 2 == video.height % 2 == 0
            lengths_s = [float((s.duration or 0) * (s.time_base or 0)) for s in (video, audio)]
            frame_s = 1 / float(video.average_rate or 25)
            frames = sum(1 for _ in media.decode(video))
        within_s = max(0.040, frame_s) + 0.001
        assert abs(lengths_s[0] - lengths_s[1]) <= within_s
        assert all(abs(length_s - planned_s) <= within_s for length_s in lengths_s)
        assert frames == pytest.approx(planned_s / frame_s, abs=1.01)
        assert first_boxes(path).index("moov") < first_boxes(path).index("mdat"), "not fast to start"
        assert fetch(http, clip["urls"]["thumbnail"])[:3] == b"\xff\xd8\xff"
        assert pysubs2.SSAFile.from_string(fetch(http, clip["urls"]["captions_srt"]).decode()).events
        assert fetch(http, clip["urls"]["captions_vtt"]).startswith(b"WEBVTT")


def test_routes_of_the_result(finished: tuple[dict[str, Any], dict[str, Any]], http: httpx2.Client) -> None:
    job, result = finished
    base = f"/api/v1/results/{job['id']}"
    assert http.get(f"{base}/transcript.vtt", follow_redirects=True).text.startswith("WEBVTT")
    assert (
        "-->" in http.get(f"{base}/transcript", headers={"Accept": "application/x-subrip"}, follow_redirects=True).text
    )
    plan = http.get(f"{base}/plan.json", follow_redirects=True).json()
    assert [clip["title"] for clip in plan["clips"]] == [clip["title"] for clip in result["clips"]]
    part = http.get(f"{base}/clips/1/video", headers={"Range": "bytes=4-7"}, follow_redirects=True)
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert http.get(f"{base}/clips/99/video").status_code == 404
    for name in ("timeline.otio", "timeline.edl", "timeline.svg", "chapters.vtt", "chapters.txt"):
        assert http.get(f"{base}/{name}", follow_redirects=True).status_code == 200, name
    assert fetch(http, result["urls"]["reel"])[4:8] == b"ftyp"
    assert [each["rank"] for each in result["reel"]["clips"]] == [clip["rank"] for clip in result["clips"]]
    polled = http.get(f"/api/v1/jobs/{job['id']}")
    again = http.get(f"/api/v1/jobs/{job['id']}", headers={"If-None-Match": polled.headers["etag"]})
    assert again.status_code == 304
    assert job["id"] in [item["id"] for item in http.get("/api/v1/jobs").json()["items"]]


@pytest.mark.parametrize("name", ["aspect", "min_clip_s"])
def test_options_out_of_range_are_refused(http: httpx2.Client, name: str) -> None:
    response = http.post(
        "/api/v1/upload",
        files={"file": ("a.mp4", EXAMPLE.read_bytes()[:1000])},
        data={"options": json.dumps({name: "4:3" if name == "aspect" else 1e9})},
    )
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert any(name in error["field"] for error in response.json()["errors"])


def test_a_portrait_version_without_captions(stack: Stack, http: httpx2.Client, tmp_path: Path) -> None:
    options = {"max_clips": 1, "aspect": "9:16", "max_clip_s": 30, "captions": "none"}
    job = wait(http, submit(http, EXAMPLE, caption_file=EXAMPLE_CAPTIONS, **options))
    assert job["status"] == "completed", job["error"]
    clip = http.get(f"/api/v1/results/{job['id']}").json()["clips"][0]
    path = tmp_path / "clip.mp4"
    path.write_bytes(fetch(http, clip["urls"]["video"]))
    with av.open(str(path)) as media:
        stream = media.streams.video[0]
        assert stream.width * 16 == stream.height * 9
    assert not clip["urls"].get("captions_srt")


@pytest.mark.parametrize("stack", ["production"], indirect=True)  # test_memory.py does the same on the other
def test_a_recorded_lecture_with_captions(lectures: Path, http: httpx2.Client) -> None:
    captions = lectures / "switching.vtt"
    job = wait(http, submit(http, lectures / "switching.mp4", caption_file=captions, max_clips=3))
    assert not codes(job) & {"transcriber_fallback", "captions_unusable"}
    check_lecture(http, job, lectures / "switching.mp4")


def fetch(http: httpx2.Client, url: str) -> bytes:
    response = http.get(url, follow_redirects=True)
    assert response.status_code == 200, response.text[:500]
    return response.content


def first_boxes(path: Path) -> list[str]:
    """Names of the top-level boxes of an MP4 file, in order."""
    names, data = [], path.read_bytes()
    position = 0
    while position + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[position : position + 8])
        if size == 1:
            size = struct.unpack(">Q", data[position + 8 : position + 16])[0]
        names.append(name.decode("latin-1"))
        position += size or len(data)
    return names
