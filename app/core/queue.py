"""The broker only rings: one message says which job to look at. What to do is in the database.

Losing the broker loses nothing: a message that could not be sent is sent again by the reaper.
"""

from threading import Lock
from uuid import UUID
from weakref import WeakKeyDictionary

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from app.core.bell import Bell
from app.core.milestones import reached
from app.core.settings import Settings

CONTINUE_JOB = "lectern.continue_job"
RUN_STEP = "lectern.run_step"
QUEUE = "lectern"
"""Of messages that ask to continue a job; steps have a queue for each kind of work."""
CLIENT = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "retry_on_timeout": False}
WORKER = {"socket_timeout": 5.0, "socket_connect_timeout": 2.0, "retry_on_timeout": False}
"""Seconds for Redis. A worker's are longer than its blocking reads."""
TRANSPORT_ALIASES["lecternfile"] = "pipeline.file_transport:FileTransport"
_BELLS: WeakKeyDictionary[Celery, Bell] = WeakKeyDictionary()
_MAKING_BELLS = Lock()


def make_celery(settings: Settings, *, client: bool = False) -> Celery:
    """A Celery application without a result backend: outcomes are rows.

    Early acknowledgement and no redelivery, because the database is the only retry authority; no gossip, mingle,
    heartbeat or remote control, because a worker's life is told by its leases. A ``client`` only rings, and soon
    gives up.
    """
    celery = Celery("lectern")
    url = settings.broker_url.get_secret_value() if settings.broker_url else "lecternfile://localhost/"
    options: dict[str, object] = {}
    if settings.broker_url is None:
        options = {"folder": str(settings.broker_dir), "polling_interval": 0.05}
    elif url.startswith(("redis", "rediss")):
        options = dict(CLIENT if client else WORKER)
    celery.conf.update(
        broker_url=url,
        broker_transport_options=options,
        broker_connection_timeout=1.0 if client else 2.0,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_ignore_result=True,
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        task_publish_retry=True,
        task_publish_retry_policy={"max_retries": 1 if client else 2, "interval_start": 0.1, "interval_step": 0.2},
        task_default_queue=QUEUE,
        task_create_missing_queues=True,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=url.startswith(("redis", "rediss")),
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_serializer="json",
        accept_content=["json"],
        enable_utc=True,
    )
    return celery


def ring(celery: Celery, job_id: UUID) -> bool:
    """Ask a worker to look at ``job_id``. False when the broker did not take it: the reaper will ask again.

    Takes less than a second and raises nothing, whatever the broker does.
    """
    reached("job_committed")
    with _MAKING_BELLS:
        bell = _BELLS.setdefault(celery, Bell())
    sent = bell.ring(lambda: celery.send_task(CONTINUE_JOB, args=[str(job_id)], ignore_result=True), str(job_id))
    if sent:
        reached("job_rung")
    return sent


def queue_of(need: str) -> str:
    """The name of the broker's queue for steps of one kind (``media``)."""
    return f"{QUEUE}.{need}"
