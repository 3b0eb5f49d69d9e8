"""What a job's webhook is told: the event, written by the transaction that finishes the job, and how it is signed.

Messages follow Standard Webhooks (https://www.standardwebhooks.com). ``pipeline.courier`` delivers them.
"""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic_core import to_jsonable_python
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, selectinload
from standardwebhooks import Webhook

from app.core.errors import LecternError
from app.core.sealing import SealBroken, Sealer
from app.models import Job, WebhookDelivery
from app.services.job_view import job_document
from app.services.jobs import get_job
from app.services.remote_urls import shown_url

SECRET_BYTES = 32
TOLD_URLS = ("self", "result")
"""What a message links to: neither is signed, and neither changes anything."""


class DeliveryNotFound(LecternError):
    code = "delivery_not_found"
    status = 404
    title = "No such delivery"


class DeliveryPending(LecternError):
    code = "delivery_pending"
    status = 409
    title = "The delivery is still being attempted"


def url_sealer(secret: bytes) -> Sealer:
    """Seals and opens ``jobs.webhook_url`` under the server's ``secret``."""
    return Sealer(secret, "webhook-url")


def signing_secret(secret: bytes, owner: str) -> str:
    """What an owner's receivers verify with: ``whsec_`` and 32 bytes in base64.

    It is derived from the server's ``secret`` each time, so that no row holds it.
    """
    info = f"lectern/webhook-signature/{owner}".encode()
    derived = HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(secret)
    return f"whsec_{base64.b64encode(derived).decode('ascii')}"


def announce(session: Session, job: Job) -> None:
    """Leave word for the webhook of a job that has just finished. Nothing where it has none.

    Call it last: the message holds the job as it is now, and one revision of a job makes one event.
    """
    if job.webhook_url is None or job.deleted_at is not None:
        return
    session.flush()
    session.expire(job, ["steps"])  # parts that a step has made may be newer than what is loaded
    document = job_document(job, secret=b"")
    document["urls"] = {name: document["urls"][name] for name in TOLD_URLS}
    event = f"job.{job.status}"
    message = {"type": event, "timestamp": job.finished_at, "data": document}
    values = {
        "job_id": job.id,
        "owner": job.owner,
        "event": event,
        "job_revision": job.revision,
        "payload": to_jsonable_python(message),
    }
    session.execute(insert(WebhookDelivery).values(**values).on_conflict_do_nothing())


def message_body(payload: dict[str, Any], *, base_url: str) -> str:
    """The text to sign and send, the same in every attempt; ``base_url`` precedes its links."""
    data = payload["data"]
    urls = {name: f"{base_url}{path}" for name, path in data["urls"].items()}
    message = {"type": payload["type"], "timestamp": payload["timestamp"], "data": {**data, "urls": urls}}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def signed_headers(whsec: str, delivery_id: UUID, at: datetime, body: str) -> dict[str, str]:
    """The three headers of Standard Webhooks. ``at`` is when this attempt begins, with its time zone."""
    return {
        "webhook-id": str(delivery_id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(whsec).sign(str(delivery_id), at, body),
    }


def shown_receiver(url: str) -> str:
    """Scheme, host and port alone: path and query may hold a secret."""
    parts = urlsplit(shown_url(url))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def receiver_of(job: Job, sealer: Sealer) -> str | None:
    """Where a job's deliveries go, as it may be shown; None where there is none, or nobody can tell any more."""
    try:
        return shown_receiver(sealer.open(job.webhook_url)) if job.webhook_url else None
    except SealBroken:
        return None


def list_deliveries(
    session: Session, job_id: UUID, *, owner: str, limit: int, after: UUID | None = None
) -> list[WebhookDelivery]:
    """Newest first, with their attempts. ``after`` is the last id of the page before."""
    query = select(WebhookDelivery).where(WebhookDelivery.job_id == job_id, WebhookDelivery.owner == owner)
    if after is not None:
        query = query.where(WebhookDelivery.id < after)
    query = query.options(selectinload(WebhookDelivery.log)).order_by(WebhookDelivery.id.desc()).limit(limit)
    return list(session.scalars(query))


def replay(session: Session, job_id: UUID, delivery_id: UUID, *, owner: str) -> WebhookDelivery:
    """Have an event that was delivered or given up sent again at once, under the same id.

    Its attempts are counted on. Raises JobNotFound, DeliveryNotFound, DeliveryPending.
    """
    get_job(session, job_id, owner=owner)
    mine = (WebhookDelivery.id == delivery_id, WebhookDelivery.job_id == job_id, WebhookDelivery.owner == owner)
    query = select(WebhookDelivery).where(*mine).options(selectinload(WebhookDelivery.log))
    delivery = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if delivery is None:
        raise DeliveryNotFound(f"The job has no delivery {delivery_id}.")
    if delivery.status == "pending":
        raise DeliveryPending("It is due already: see its next_attempt_at. Only an ended delivery can be replayed.")
    delivery.status, delivery.finished_at, delivery.lease_expires_at = "pending", None, None
    delivery.next_attempt_at = session.scalars(select(func.now())).one()
    session.flush()
    return delivery
