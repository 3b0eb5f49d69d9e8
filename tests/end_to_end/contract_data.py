"""Things of every sort for the contract's test to ask for: made through the service, as a client would."""

import hashlib
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.conftest import ROOT
from tests.end_to_end.contract_hooks import RECORDING
from tests.end_to_end.service import wait
from tests.media_factory import make_media
from tests.pipeline.courier.receiver import Receiver

LENGTH_S = 12
API = "/api/v1"


def recording(folder: Path) -> bytes:
    """Twelve seconds of test picture and tone."""
    return make_media(
        folder / "lecture.mp4",
        *("-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=10:duration={LENGTH_S}"),
        *("-f", "lavfi", "-i", f"sine=duration={LENGTH_S}", "-c:v", "libx264", "-preset", "ultrafast"),
        *("-c:a", "aac", "-movflags", "+faststart"),
    ).read_bytes()


def prepare(http: httpx2.Client, content: bytes, receiver: Receiver) -> dict[str, str]:
    """A finished job with clips and a delivered webhook, others to cancel and to delete, uploads in every state.

    Returns the variables that ``schemathesis.toml`` names.
    """
    upload = _begin(http, content, captions=(ROOT / "examples" / "lecture.vtt").read_text())
    http.put(upload["put"]["url"], content=content, headers=upload["put"]["headers"]).raise_for_status()
    http.post(upload["complete_url"]).raise_for_status()
    options = {"min_clip_s": 5, "max_clip_s": 12, "max_clips": 1, "captions": "sidecar"}
    job = _submit(http, {"upload_id": upload["id"]}, options=options, webhook_url=receiver.url("/hook"))
    nowhere = {"url": receiver.url("/nothing.mp4")}
    spare, cancelled = _submit(http, nowhere), _submit(http, nowhere)
    http.post(f"{API}/jobs/{cancelled['id']}/cancel")  # or it has failed by now, which is as good
    job = wait(http, job["id"], within_s=120)
    assert job["status"] == "completed", job
    clips = http.get(f"{API}/results/{job['id']}").json()["clips"]
    assert clips
    pending = _begin(http, RECORDING.encode(), content_type="application/octet-stream")
    variables = {
        "JOB": job["id"],
        "UPLOAD": upload["id"],
        "UPLOAD_KEY": upload["key"],
        "DELIVERY": _delivered(http, job["id"]),
        "SPARE_JOB": spare["id"],
        "CANCELLED_JOB": cancelled["id"],
        "SPARE_UPLOAD": _begin(http, content)["id"],
        **_link("VIDEO", clips[0]["urls"]["video"]),
        **_link("PUT", pending["put"]["url"]),
    }
    return {f"CONTRACT_{name}": value for name, value in variables.items()}


def _link(name: str, url: str) -> dict[str, str]:
    """The key and the query of a signed link."""
    parts = urlsplit(url)
    found = {each.upper(): value for each, (value,) in parse_qs(parts.query, keep_blank_values=True).items()}
    return {
        f"{name}_{each}": value for each, value in (found | {"KEY": parts.path.removeprefix(f"{API}/media/")}).items()
    }


def _begin(http: httpx2.Client, content: bytes, **more: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(content).hexdigest()
    body = {"filename": "lecture.mp4", "size_bytes": len(content), "sha256": sha256, **more}
    answer = http.post(f"{API}/uploads", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _submit(http: httpx2.Client, source: dict[str, str], **more: object) -> dict[str, Any]:
    answer = http.post(f"{API}/jobs", json={"kind": "highlights", "source": source, **more})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _delivered(http: httpx2.Client, job_id: str) -> str:
    deadline_s = time.monotonic() + 60
    while True:
        (delivery,) = http.get(f"{API}/jobs/{job_id}/deliveries").json()["items"]
        if delivery["status"] == "delivered":
            return str(delivery["id"])
        assert time.monotonic() < deadline_s, delivery
        time.sleep(0.1)
