"""Files that are empty, wrong, cut off or unusual end in a result with a warning, or in a code and a sentence."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from pipeline.stack import Stack
from tests.end_to_end.service import codes, submit, upload, wait
from tests.media_factory import make_media

pytestmark = [pytest.mark.stack, pytest.mark.media]
SPEECHLESS = "anoisesrc=color=pink:amplitude=0.01:sample_rate=16000:duration={}"
PICTURE = "testsrc2=size=320x180:rate=25:duration={}"


@pytest.fixture
def http(embedded: Stack) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=embedded.url, timeout=60, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("empty.mp4", b"", 422, "empty_file"),
        ("notes.mp4", b"These are my notes, not a video.\n" * 50, 415, "unsupported_media"),
        ("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n", 415, "unsupported_media"),
        ("paper.pdf", b"%PDF-1.7\n" + bytes(200), 415, "unsupported_media"),
    ],
)
def test_what_is_no_media_is_refused_at_once(
    http: httpx2.Client, tmp_path: Path, name: str, content: bytes, status: int, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    response = upload(http, path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in response.text


def test_noise_in_the_shape_of_an_mp4_fails_with_a_sentence(http: httpx2.Client, tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(range(256)) * 40)
    job = wait(http, submit(http, path))
    assert job["status"] == "failed"
    assert job["error"]["code"] in {"unsupported_media", "corrupt_media"}
    assert job["error"]["message"].endswith(".")


def test_a_truncated_mp4_fails_with_a_sentence_or_gives_what_it_holds(http: httpx2.Client, tmp_path: Path) -> None:
    whole = make_media(tmp_path / "whole.mp4", "-f", "lavfi", "-i", PICTURE.format(5), "-c:v", "libx264")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    job = wait(http, submit(http, cut))
    assert job["status"] == "failed"
    assert job["error"]["code"] in {"unsupported_media", "corrupt_media"}
    streaming = make_media(
        tmp_path / "fast.mp4", "-f", "lavfi", "-i", PICTURE.format(5), "-c:v", "libx264", "-movflags", "+faststart"
    )
    cut.write_bytes(streaming.read_bytes()[: streaming.stat().st_size * 2 // 3])
    job = wait(http, submit(http, cut))
    assert job["status"] == "completed", job["error"]


def test_a_video_without_audio_gives_its_layout(http: httpx2.Client, tmp_path: Path) -> None:
    path = make_media(tmp_path / "mute.mp4", "-f", "lavfi", "-i", PICTURE.format(30), "-c:v", "libx264")
    job = wait(http, submit(http, path))
    assert job["status"] == "completed", job["error"]
    assert "no_audio" in codes(job)
    result = http.get(f"/api/v1/results/{job['id']}").json()
    assert result["clips"] == []
    assert result["layout"]["spans"]


def test_audio_without_video_gives_transcript_and_audio_clips(http: httpx2.Client, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2] / "examples"
    path = make_media(tmp_path / "talk.m4a", "-i", str(root / "lecture.mp4"), "-vn", "-c:a", "copy")
    job = wait(http, submit(http, path, caption_file=root / "lecture.vtt"))
    assert job["status"] == "completed", job["error"]
    assert "no_video" in codes(job)
    result = http.get(f"/api/v1/results/{job['id']}").json()
    assert result["clips"]
    audio = http.get(result["clips"][0]["urls"]["audio"], follow_redirects=True)
    assert audio.content[4:8] == b"ftyp"


def test_three_seconds_are_too_short(http: httpx2.Client, tmp_path: Path) -> None:
    path = make_media(
        tmp_path / "short.mp4",
        *("-f", "lavfi", "-i", PICTURE.format(3), "-f", "lavfi", "-i", "sine=frequency=300:duration=3"),
        *("-c:v", "libx264", "-c:a", "aac"),
    )
    job = wait(http, submit(http, path))
    assert job["status"] == "completed", job["error"]
    assert codes(job) & {"too_short", "no_speech"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("speechless", ("-f", "lavfi", "-i", PICTURE.format(25), "-f", "lavfi", "-i", SPEECHLESS.format(25))),
        (
            "four_by_three",
            (
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=320x240:rate=25:duration=5",
                "-f",
                "lavfi",
                "-i",
                SPEECHLESS.format(5),
            ),
        ),
        (
            "portrait",
            (
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=180x320:rate=25:duration=5",
                "-f",
                "lavfi",
                "-i",
                SPEECHLESS.format(5),
            ),
        ),
        (
            "variable_rate",
            (
                *("-f", "lavfi", "-i", PICTURE.format(6), "-f", "lavfi", "-i", SPEECHLESS.format(6)),
                *("-vf", "select='not(mod(n,3))+gt(n,60)'", "-fps_mode", "vfr"),
            ),
        ),
    ],
)
def test_unusual_pictures_without_speech_complete(
    http: httpx2.Client, tmp_path: Path, name: str, arguments: tuple[str, ...]
) -> None:
    path = make_media(tmp_path / f"{name}.mp4", *arguments, "-c:v", "libx264", "-c:a", "aac")
    job = wait(http, submit(http, path))
    assert job["status"] == "completed", job["error"]
    assert codes(job) & {"no_speech", "too_short", "no_highlight"}


def test_a_turned_video_is_shown_upright(http: httpx2.Client, tmp_path: Path) -> None:
    plain = make_media(tmp_path / "plain.mp4", "-f", "lavfi", "-i", PICTURE.format(4), "-c:v", "libx264")
    turned = make_media(tmp_path / "turned.mp4", "-display_rotation", "90", "-i", str(plain), "-c", "copy")
    job = wait(http, submit(http, turned))
    assert job["status"] == "completed", job["error"]
    assert http.get(f"/api/v1/results/{job['id']}").json()["layout"]["size"] == [180, 320]


def test_captions_that_are_none_fall_back(http: httpx2.Client, tmp_path: Path) -> None:
    video = make_media(
        tmp_path / "a.mp4",
        *("-f", "lavfi", "-i", PICTURE.format(4), "-f", "lavfi", "-i", SPEECHLESS.format(4)),
        *("-c:v", "libx264", "-c:a", "aac"),
    )
    captions = tmp_path / "a.vtt"
    captions.write_text("WEBVTT\n\nNOTE nothing to say\n")
    job = wait(http, submit(http, video, caption_file=captions))
    assert job["status"] == "completed", job["error"]
    assert "captions_unusable" in codes(job)


def test_the_worker_lives_through_all_of_it(embedded: Stack, http: httpx2.Client) -> None:
    assert embedded.ended() is None
    assert http.get("/api/v1/readyz").status_code == 200
