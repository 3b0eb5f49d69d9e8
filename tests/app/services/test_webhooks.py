"""Events of finished jobs as rows, and their signatures."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from standardwebhooks import Webhook, WebhookVerificationError

from app.api.schemas.job import Job as JobSchema
from app.core.errors import JobNotFound
from app.core.sealing import Sealer
from app.models import Job, WebhookAttempt, WebhookDelivery
from app.services.job_control import cancel_job, mark_deleted, retry_job
from app.services.job_view import job_document
from app.services.webhooks import (
    DeliveryNotFound,
    DeliveryPending,
    announce,
    list_deliveries,
    message_body,
    receiver_of,
    replay,
    shown_receiver,
    signed_headers,
    signing_secret,
    url_sealer,
)
from pipeline.lease import claim
from pipeline.orchestrator import commit_failure, continue_job
from pipeline.outcome import Failure
from tests.app.job_factory import ANALYSIS, add_renders, complete, make_job

pytestmark = pytest.mark.stack
SECRET = b"a secret of tests"
URL = "https://hooks.example.org:8443/in/t0ken?key=canary"


@pytest.fixture
def job(session: Session) -> Job:
    """A queued job with a webhook."""
    job = make_job(session)
    job.webhook_url = url_sealer(SECRET).seal(URL)
    session.flush()
    return job


def deliveries(session: Session, job: Job) -> list[WebhookDelivery]:
    query = select(WebhookDelivery).where(WebhookDelivery.job_id == job.id).order_by(WebhookDelivery.id)
    return list(session.scalars(query))


def told(session: Session, job: Job) -> dict[str, Any]:
    """The one message there is, as it is sent."""
    delivery = deliveries(session, job)[-1]
    found = json.loads(message_body(delivery.payload, base_url="https://lectern.example"))
    assert isinstance(found, dict)
    return found


def test_a_completed_job_is_announced_as_pollers_see_it(session: Session, job: Job) -> None:
    complete(job, *ANALYSIS, "segment_extraction", "timeline_export", "reel_compilation")
    add_renders(job, "completed", "completed")
    job.status, job.started_at = "running", datetime.now(UTC)
    session.flush()
    continue_job(session, job.id)
    assert job.status == "completed"
    (delivery,) = deliveries(session, job)
    assert (delivery.event, delivery.status, delivery.owner) == ("job.completed", "pending", "local")
    assert (delivery.attempts, delivery.job_revision) == (0, job.revision)
    message = told(session, job)
    assert list(message) == ["type", "timestamp", "data"]
    assert message["type"] == "job.completed"
    assert job.finished_at is not None
    assert datetime.fromisoformat(message["timestamp"]) == job.finished_at
    polled = JobSchema.model_validate(job_document(job, secret=SECRET)).model_dump(mode="json", exclude_unset=True)
    self_url = f"https://lectern.example/api/v1/jobs/{job.id}"
    assert message["data"] == {
        **polled,
        "urls": {"self": self_url, "result": self_url.replace("/jobs/", "/results/")},
    }
    (rendered,) = (step for step in message["data"]["steps"] if step["name"] == "video_compilation")
    assert len(rendered["parts"]) == 2


def test_a_message_holds_no_signature_and_no_address(session: Session, job: Job) -> None:
    cancel_job(session, job.id, owner="local")
    text = json.dumps(told(session, job))
    assert "signature" not in text
    assert "canary" not in text
    assert "hooks.example.org" not in text


def test_a_failed_job_is_announced_with_its_error(session: Session, job: Job) -> None:
    continue_job(session, job.id)
    held = claim(session, job.id, "uploading")
    assert held is not None
    assert commit_failure(session, held, Failure("corrupt_media", "It broke.", retryable=False))
    assert deliveries(session, job) == []
    continue_job(session, job.id)
    message = told(session, job)
    assert message["type"] == "job.failed"
    assert message["data"]["error"] == {"code": "corrupt_media", "message": "It broke."}
    assert message["data"]["status"] == "failed"


def test_a_job_that_is_cancelled_while_it_runs_is_announced_at_once(session: Session, job: Job) -> None:
    session.flush()
    assert claim(session, job.id, "uploading") is not None
    session.refresh(job)
    cancel_job(session, job.id, owner="local")
    assert told(session, job)["type"] == "job.cancelled"


def test_a_retried_job_that_ends_again_is_another_event(session: Session, job: Job) -> None:
    cancel_job(session, job.id, owner="local")
    retry_job(session, job.id, owner="local")
    cancel_job(session, job.id, owner="local")
    first, second = deliveries(session, job)
    assert first.event == second.event == "job.cancelled"
    assert first.id != second.id
    assert first.job_revision < second.job_revision


def test_one_revision_is_one_event(session: Session, job: Job) -> None:
    cancel_job(session, job.id, owner="local")
    announce(session, job)
    assert len(deliveries(session, job)) == 1


def test_jobs_without_a_webhook_and_deleted_ones_say_nothing(session: Session, job: Job) -> None:
    silent = make_job(session)
    cancel_job(session, silent.id, owner="local")
    assert deliveries(session, silent) == []
    job.deleted_at = job.finished_at = datetime.now(UTC)
    job.status = "cancelled"
    announce(session, job)
    assert deliveries(session, job) == []


def test_what_is_said_is_undone_with_the_end_of_the_job(session: Session, job: Job) -> None:
    with session.begin_nested() as savepoint:
        cancel_job(session, job.id, owner="local")
        savepoint.rollback()
    assert deliveries(session, job) == []


def test_signatures_are_those_of_the_standard() -> None:
    whsec, event_id, body = signing_secret(SECRET, "local"), uuid4(), '{"a":"é"}'
    headers = signed_headers(whsec, event_id, datetime.now(UTC), body)
    assert headers["webhook-id"] == str(event_id)
    assert Webhook(whsec).verify(body.encode(), headers) == {"a": "é"}
    for changed in ({"webhook-id": str(uuid4())}, {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(whsec).verify(body, headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(whsec).verify('{"a":"e"}', headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing_secret(SECRET, "somebody else")).verify(body, headers)


def test_each_owner_has_a_secret_of_its_own() -> None:
    secrets = [signing_secret(SECRET, "a"), signing_secret(SECRET, "b"), signing_secret(b"another server", "a")]
    assert len(set(secrets)) == 3
    assert secrets[0] == signing_secret(SECRET, "a")
    assert len(base64.b64decode(secrets[0].removeprefix("whsec_"), validate=True)) == 32


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "https://hooks.example.org:8443"),
        ("http://[2001:db8::1]/x#y", "http://[2001:db8::1]"),
        ("https://user:pw@example.org/", ""),
        ("no url", ""),
    ],
)
def test_receivers_are_shown_without_path(url: str, shown: str) -> None:
    assert shown_receiver(url) == shown


def test_the_receiver_of_a_job(session: Session, job: Job) -> None:
    assert receiver_of(job, url_sealer(SECRET)) == "https://hooks.example.org:8443"
    assert receiver_of(job, url_sealer(b"another secret")) is None
    assert Sealer(SECRET, "webhook-url").open(job.webhook_url or "") == URL
    job.webhook_url = None
    assert receiver_of(job, url_sealer(SECRET)) is None


def end(session: Session, delivery: WebhookDelivery, status: str) -> None:
    delivery.status, delivery.attempts, delivery.finished_at = status, 1, datetime.now(UTC)
    session.add(WebhookAttempt(delivery_id=delivery.id, duration_s=0.1, status_code=500, error="It said 500."))
    session.flush()


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_replay(session: Session, job: Job, status: str) -> None:
    cancel_job(session, job.id, owner="local")
    (delivery,) = deliveries(session, job)
    with pytest.raises(DeliveryPending):
        replay(session, job.id, delivery.id, owner="local")
    end(session, delivery, status)
    again = replay(session, job.id, delivery.id, owner="local")
    assert (again.id, again.status, again.attempts, again.finished_at) == (delivery.id, "pending", 1, None)
    assert [each.status_code for each in again.log] == [500]
    with pytest.raises(DeliveryPending):
        replay(session, job.id, delivery.id, owner="local")


def test_replay_of_what_is_not_there(session: Session, job: Job) -> None:
    cancel_job(session, job.id, owner="local")
    (delivery,) = deliveries(session, job)
    end(session, delivery, "delivered")
    other = make_job(session)
    with pytest.raises(JobNotFound):
        replay(session, job.id, delivery.id, owner="somebody else")
    with pytest.raises(DeliveryNotFound):
        replay(session, other.id, delivery.id, owner="local")
    with pytest.raises(DeliveryNotFound):
        replay(session, job.id, UUID(int=1), owner="local")
    mark_deleted(session, job.id, owner="local")
    with pytest.raises(JobNotFound):
        replay(session, job.id, delivery.id, owner="local")


def test_lists_are_newest_first_and_the_owners(session: Session, job: Job) -> None:
    for _ in range(3):
        cancel_job(session, job.id, owner="local")
        retry_job(session, job.id, owner="local")
    everything = list_deliveries(session, job.id, owner="local", limit=10)
    assert [each.id for each in everything] == [each.id for each in reversed(deliveries(session, job))]
    assert len(everything) == 3
    assert list_deliveries(session, job.id, owner="local", limit=10, after=everything[1].id) == everything[2:]
    assert list_deliveries(session, job.id, owner="somebody else", limit=10) == []
