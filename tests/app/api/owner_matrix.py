"""Every operation of the OpenAPI document as a request about one owner's real things.

A new operation with parameters or a body that is not known here fails the matrix: say below how they are filled.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.models import Upload, WebhookAttempt, WebhookDelivery
from app.services.webhooks import announce, url_sealer
from tests.app.api.test_plan import PLAN
from tests.app.api.test_upload import MP4
from tests.app.job_factory import finished_job, make_job, step
from tests.app.key_factory import new_key, shows
from tests.conftest import ROOT

UUID_TEXT = re.compile(
    r"(?<![0-9a-f])([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])"
)
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
PUBLIC = {"getHealth", "getLivez", "getReadyz"}
"""Tell nothing of anybody."""
SIGNED = {"getMedia", "putMedia"}
"""Open to whoever has a link that we signed, and to nobody else."""
SIZE = {"width": 1280, "height": 720}
SCOPES = {"getMetrics": "metrics", "getWebhookSecret": "write"}
"""Where the method does not tell."""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    described: dict[str, Any]

    @property
    def scope(self) -> str:
        return SCOPES.get(self.id, "read" if self.method == "GET" else "write")

    def takes(self, where: str) -> Iterator[tuple[str, bool]]:
        """Names of its parameters in the path, the query or the header, and whether each is required."""
        for each in self.described.get("parameters", []):
            if each["in"] == where:
                yield each["name"], each.get("required", False)


OPERATIONS = [
    Operation(described["operationId"], method.upper(), path, described)
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
]


@dataclass(frozen=True)
class Call:
    """What is sent; ``key`` of the owner apart."""

    method: str
    path: str
    sent: dict[str, Any] = field(default_factory=dict)

    def send(self, client: TestClient, key: str | None, method: str | None = None) -> Any:
        headers = {**self.sent.get("headers", {}), **(shows(key) if key else {})}
        return client.request(method or self.method, self.path, **{**self.sent, "headers": headers})

    def mentions(self, names: set[str]) -> set[str]:
        """Which of ``names`` are in the request."""
        text = self.path + repr({name: value for name, value in self.sent.items() if name != "headers"})
        return {name for name in names if name in text}


@dataclass
class Cast:
    """An owner with one of everything."""

    owner: str
    key: str
    ids: dict[str, str]
    idempotency_key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def names(self) -> set[str]:
        """Whatever may not be seen by another owner: ids in both spellings, keys of objects, names."""
        plain = {value for name, value in self.ids.items() if name not in ("n", "form")}
        return plain | {value.replace("-", "") for value in plain if UUID_TEXT.fullmatch(value)} | {self.owner}


def make_cast(client: TestClient, parts: Parts, folder: Path) -> Cast:
    """Jobs that are finished, queued and failed, a delivered webhook, uploads that are pending and complete."""
    owner = f"owner-{uuid4().hex}"
    key = new_key(parts.sessions, owner=owner)
    with parts.sessions.begin() as session:
        jobs = {
            "finished": finished_job(session, parts.store, folder),
            "queued": make_job(session),
            "failed": make_job(session),
        }
        for name, job in jobs.items():
            upload = session.get_one(Upload, job.upload_id)
            job.owner = upload.owner = owner
            upload.filename = f"{name}-{owner}.mp4"
            job.source = {**job.source, "filename": upload.filename}
            recording = folder / uuid4().hex
            recording.write_bytes(MP4)
            parts.store.put_file(upload.object_key, recording, "video/mp4")
        step(jobs["failed"], "transcription").status = jobs["failed"].status = "failed"
        step(jobs["finished"], "uploading").result = {
            "duration_s": 300.0,
            "format": "mov",
            "video": SIZE,
            "audio": None,
        }
        jobs["finished"].webhook_url = url_sealer(parts.secret).seal(f"https://{owner}.example.org/hook")
        announce(session, jobs["finished"])
        session.flush()
        delivery = session.query(WebhookDelivery).filter_by(job_id=jobs["finished"].id).one()
        delivery.status, delivery.attempts, delivery.finished_at = "delivered", 1, datetime.now(UTC)
        session.add(WebhookAttempt(delivery_id=delivery.id, duration_s=0.1, status_code=200))
        ids = {f"{name}_job_id": str(job.id) for name, job in jobs.items()}
        ids["delivery_id"] = str(delivery.id)
        ids["object_key"] = session.get_one(Upload, jobs["finished"].upload_id).object_key
    for name in ("pending", "complete"):
        ids[f"{name}_upload_id"] = _direct_upload(client, key, f"{name}-{owner}.mp4", complete=name == "complete")
    return Cast(owner, key, {**ids, "n": "1", "form": "vtt"})


def _direct_upload(client: TestClient, key: str, filename: str, *, complete: bool) -> str:
    promised = {"filename": filename, "size_bytes": len(MP4), "sha256": hashlib.sha256(MP4).hexdigest()}
    begun = client.post("/api/v1/uploads", json=promised, headers=shows(key))
    assert begun.status_code == 201, begun.text
    put = begun.json()["put"]
    assert client.put(put["url"], content=MP4, headers=put["headers"]).status_code == 200
    if complete:
        assert client.post(begun.json()["complete_url"], headers=shows(key)).status_code == 200
    return str(begun.json()["id"])


USED: dict[str, dict[str, str]] = {
    "cancelJob": {"job_id": "queued_job_id"},
    "retryJob": {"job_id": "failed_job_id"},
    "completeUpload": {"upload_id": "pending_upload_id"},
    "getMedia": {"key": "object_key"},
    "putMedia": {"key": "object_key"},
    "getPresignedUrl": {"key": "object_key"},
}
"""What of a cast an operation is about where it is not the usual one."""
USUAL = {
    "job_id": "finished_job_id",
    "upload_id": "complete_upload_id",
    "delivery_id": "delivery_id",
    "n": "n",
    "form": "form",
}

CLIP = "clips/1/video"
Body = Callable[[Cast], list[dict[str, Any]]]
BODIES: dict[str, Body] = {
    "uploadRecording": lambda cast: [{"files": {"file": (f"sent-{cast.owner}.mp4", MP4)}}],
    "beginUpload": lambda cast: [
        {"json": {"filename": f"begun-{cast.owner}.mp4", "size_bytes": 10, "sha256": "0" * 64}}
    ],
    "completeUpload": lambda _: [{}],
    "submitJob": lambda cast: [
        {"json": {"kind": "highlights", "source": {"upload_id": cast.ids["complete_upload_id"]}}},
        {"json": {"kind": "highlights", "source": {"job_id": cast.ids["finished_job_id"], "artifact": CLIP}}},
        {"json": {"kind": "highlights", "source": {"url": f"https://example.org/{cast.owner}.mp4"}}},
    ],
    "editPlan": lambda _: [{"json": PLAN}],
    "putMedia": lambda _: [{"content": MP4}],
}


def calls(operation: Operation, cast: Cast) -> list[Call]:
    """The operation on the cast's things, in each of its forms. An operation that is not known fails the test."""

    def value(name: str) -> str:
        known = USED.get(operation.id, {}).get(name) or USUAL.get(name)
        if known is None:
            pytest.fail(
                f"{operation.id} has a parameter {name}: say in owner_matrix.USED or USUAL whose thing it names"
            )
        return cast.ids[known]

    path = re.sub(r"\{(\w+)\}", lambda match: value(match[1]), operation.path)
    sent: dict[str, Any] = {"params": {name: value(name) for name, required in operation.takes("query") if required}}
    bodies: list[dict[str, Any]] = [{}]
    if "requestBody" in operation.described:
        if operation.id not in BODIES:
            pytest.fail(f"{operation.id} has a body: say in owner_matrix.BODIES what an owner sends")
        bodies = BODIES[operation.id](cast)
    heeds = "Idempotency-Key" in dict(operation.takes("header"))
    keys = [{"Idempotency-Key": f"{cast.idempotency_key}-{number}"} if heeds else {} for number in range(len(bodies))]
    return [
        Call(operation.method, path, {**sent, **body, "headers": headers})
        for body, headers in zip(bodies, keys, strict=True)
    ]
