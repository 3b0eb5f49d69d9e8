"""Webhooks from their owner's side: what was delivered, once more please, and how to tell that it is from us."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api.auth import PrincipalDep, require_scope
from app.api.deps import JobIdDep, Parts, PartsDep, SessionDep
from app.api.errors import problems
from app.api.pages import Cursor, one_page, read_cursor
from app.api.schemas.webhook import Attempt, Delivery, DeliveryPage, SigningSecret
from app.core.errors import DatabaseUnavailable, InvalidRequest, JobNotFound
from app.models import Job, WebhookDelivery
from app.services.audit import record
from app.services.jobs import get_job
from app.services.webhooks import (
    DeliveryNotFound,
    DeliveryPending,
    list_deliveries,
    receiver_of,
    replay,
    signing_secret,
    url_sealer,
)

router = APIRouter(tags=["webhooks"])


def get_delivery_id(
    delivery_id: Annotated[str, Path(description="Id of a delivery.", json_schema_extra={"format": "uuid"})],
) -> UUID:
    """The id in the path. What is no id is the id of no delivery."""
    try:
        return UUID(delivery_id)
    except ValueError:
        raise DeliveryNotFound("There is no such delivery: its id is not one of ours.") from None


DeliveryIdDep = Annotated[UUID, Depends(get_delivery_id)]


@router.get(
    "/jobs/{job_id}/deliveries",
    operation_id="listDeliveries",
    summary="What a job's webhook was told, newest first",
    response_model=DeliveryPage,
    responses=problems(JobNotFound, InvalidRequest, DatabaseUnavailable),
)
def read_deliveries(
    *,
    request: Request,
    response: Response,
    parts: PartsDep,
    session: SessionDep,
    principal: PrincipalDep,
    job_id: JobIdDep,
    limit: Annotated[int, Query(ge=1, le=100, description="Deliveries a page.")] = 20,
    cursor: Cursor = None,
) -> DeliveryPage:
    """The next page is in ``next`` and in the Link header. Empty where the job has no webhook."""
    after = read_cursor(cursor)
    job = get_job(session, job_id, owner=principal.owner)
    found = list_deliveries(session, job_id, owner=principal.owner, limit=limit + 1, after=after)
    page, link = one_page(request, response, parts.base_url, found, limit=limit, id_of=lambda each: each.id)
    receiver = _receiver(parts, job)
    return DeliveryPage(items=[_shown(delivery, receiver) for delivery in page], next=link)


@router.post(
    "/jobs/{job_id}/deliveries/{delivery_id}/replay",
    operation_id="replayDelivery",
    summary="Deliver an event again",
    status_code=202,
    response_model=Delivery,
    response_description="The delivery, due at once.",
    responses=problems(JobNotFound, DeliveryNotFound, DeliveryPending, DatabaseUnavailable),
)
def replay_delivery(
    parts: PartsDep, session: SessionDep, principal: PrincipalDep, job_id: JobIdDep, delivery_id: DeliveryIdDep
) -> Delivery:
    """The same message under the same ``webhook-id``, signed anew. Attempts are counted on, and so is the schedule."""
    job = get_job(session, job_id, owner=principal.owner)
    delivery = replay(session, job_id, delivery_id, owner=principal.owner)
    record(session, principal, "webhook.replay", str(delivery_id), job=str(job_id), event=delivery.event)
    shown = _shown(delivery, _receiver(parts, job))
    session.commit()
    return shown


@router.get(
    "/webhooks/secret",
    operation_id="getWebhookSecret",
    summary="What verifies the signatures of your webhooks",
    response_model=SigningSecret,
    responses=problems(DatabaseUnavailable),
)
def read_secret(response: Response, parts: PartsDep, principal: PrincipalDep) -> SigningSecret:
    """Needs the scope `write`: who has the secret can send what looks like ours."""
    require_scope(principal, "write")
    response.headers["Cache-Control"] = "no-store"
    return SigningSecret(secret=signing_secret(parts.secret, principal.owner))


def _receiver(parts: Parts, job: Job) -> str | None:
    return receiver_of(job, url_sealer(parts.secret))


def _shown(delivery: WebhookDelivery, receiver: str | None) -> Delivery:
    return Delivery.model_validate(
        {
            "id": str(delivery.id),
            "event": delivery.event,
            "status": delivery.status,
            "receiver": receiver,
            "attempts": [Attempt.model_validate(each) for each in delivery.log],
            "next_attempt_at": delivery.next_attempt_at if delivery.status == "pending" else None,
            "created_at": delivery.created_at,
            "finished_at": delivery.finished_at,
        }
    )
