"""A recording named by a URL, its plan edited and rendered again, a clip of it transcribed: the whole way round."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx2
import pytest

from app.core.settings import Settings
from pipeline.postgres import EmbeddedPostgres
from pipeline.stack import Stack
from tests.conftest import ROOT
from tests.end_to_end.service import wait
from tests.media_factory import make_media
from tests.pipeline.recording_source import ETAG, Source, ranges
from tests.pipeline.remote_server import ALLOWED_HOST, RemoteServer, serving

pytestmark = [pytest.mark.stack, pytest.mark.media]
LENGTH_S = 30


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Half a minute of test picture and tone with the captions of the example lecture as a subtitle track."""
    path = make_media(
        tmp_path_factory.mktemp("media") / "lecture.mp4",
        *("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={LENGTH_S}"),
        *("-f", "lavfi", "-i", f"sine=duration={LENGTH_S}", "-i", str(ROOT / "examples" / "lecture.vtt")),
        *("-map", "0", "-map", "1", "-map", "2", "-t", str(LENGTH_S)),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-c:s", "mov_text", "-movflags", "+faststart"),
    )
    return path.read_bytes()


@pytest.fixture(scope="module")
def source(recording: bytes) -> Iterator[RemoteServer]:
    """Breaks off in the middle of the first answer."""
    with serving(Source(recording, cuts=(len(recording) // 2,))) as server:
        yield server


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    data_dir = tmp_path_factory.mktemp("url")
    settings = Settings(data_dir=data_dir, worker_concurrency=2, egress_networks=(f"{ALLOWED_HOST}/32",))
    try:
        with Stack(settings, port=0) as stack, httpx2.Client(base_url=stack.url, timeout=60, trust_env=False) as http:
            yield http
    finally:
        EmbeddedPostgres(data_dir).remove()


def submit(http: httpx2.Client, body: dict[str, Any]) -> dict[str, Any]:
    response = http.post("/api/v1/jobs", json=body)
    assert response.status_code == 202, response.text
    return finished(http, response.json()["id"])


def finished(http: httpx2.Client, job_id: str) -> dict[str, Any]:
    job = wait(http, job_id, within_s=180)
    assert job["status"] == "completed", job["error"]
    return job


def result(http: httpx2.Client, job: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = http.get(f"/api/v1/results/{job['id']}").json()
    return document


def fetch(http: httpx2.Client, url: str) -> bytes:
    response = http.get(url, follow_redirects=True)
    assert response.status_code == 200, response.text
    return response.content


def test_from_a_url_to_an_edited_clip_and_its_words(http: httpx2.Client, source: RemoteServer, tmp_path: Path) -> None:
    options = {"min_clip_s": 5, "max_clip_s": 20, "captions": "sidecar"}
    url = f"{source.url}/talks/heaps.mp4?token=s3cret"
    job = submit(http, {"kind": "highlights", "source": {"url": url}, "options": options})
    assert job["source"]["url"] == f"{source.url}/talks/heaps.mp4"
    assert job["source"]["filename"] == "heaps.mp4"
    assert job["source"]["duration_s"] == pytest.approx(LENGTH_S, abs=0.2)
    assert [condition for _range, condition in ranges(source)] == [None, ETAG], "it went on where the line broke"
    first = result(http, job)
    assert first["transcript"]["backend"] == "captions"
    assert first["clips"]

    plan = fetch(http, f"/api/v1/results/{job['id']}/plan.json")
    edited = httpx2.Response(200, content=plan).json()
    refused = http.put(f"/api/v1/results/{job['id']}/plan", json={**edited, "clips": []})
    assert refused.status_code == 422
    clip = edited["clips"][0]
    short = {**clip, "rank": 1, "title": "Two pieces", "start_s": 1.0, "end_s": 9.0, "layout": None}
    short["keep"] = [{"start_s": 1.0, "end_s": 3.0}, {"start_s": 6.0, "end_s": 9.0}]
    whole = {"rank": 2, "title": "From the start", "start_s": 0.0, "end_s": 4.0}
    edited |= {"clips": [whole, short], "settings": {**edited["settings"], "aspect": "1:1"}}
    answer = http.put(f"/api/v1/results/{job['id']}/plan", json=edited)
    assert answer.status_code == 202, answer.text
    assert http.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    rendered = finished(http, answer.json()["id"])
    assert {each["name"] for each in rendered["steps"]} == {
        "plan_check",
        "video_compilation",
        "timeline_export",
        "reel_compilation",
    }

    second = result(http, rendered)
    assert [(each["rank"], each["title"]) for each in second["clips"]] == [(1, "Two pieces"), (2, "From the start")]
    for each, length_s in zip(second["clips"], (5.0, 4.0), strict=True):
        assert each["duration_s"] == pytest.approx(length_s, abs=0.05)
        assert each["layout"], "decided anew where it was left out"
        written_s, square = media_of(fetch(http, each["urls"]["video"]), tmp_path)
        assert written_s == pytest.approx(length_s, abs=0.1)
        assert square
    for part in ("topics", "sentences", "silence", "layout", "summary"):
        assert second[part] == first[part], part
    words = fetch(http, f"/api/v1/results/{rendered['id']}/transcript.txt").decode()
    assert "Hello, and welcome" in words
    assert len(source.seen) == 2

    origin = {"job_id": rendered["id"], "artifact": "clips/1/video"}
    spoken = submit(http, {"kind": "transcription", "source": origin, "options": {"transcribers": ["pocketsphinx"]}})
    assert [each["name"] for each in spoken["steps"]] == ["uploading", "transcription"]
    assert spoken["source"]["filename"].startswith("heaps")
    assert result(http, spoken)["transcript"]["backend"] == "pocketsphinx"


def media_of(content: bytes, folder: Path) -> tuple[float, bool]:
    """Length in seconds, and whether it is square."""
    path = folder / "clip.mp4"
    path.write_bytes(content)
    with av.open(str(path)) as media:
        stream = media.streams.video[0]
        return float((stream.duration or 0) * (stream.time_base or 0)), stream.width == stream.height
