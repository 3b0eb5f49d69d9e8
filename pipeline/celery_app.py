"""The worker's Celery application: its tasks, its reaper, and what a stop signal does.

``celery -A pipeline.celery_app worker --pool threads`` or, with all options set, ``lectern worker``.
"""

import logging
import os
import threading
from typing import Any

from celery.signals import celeryd_init, setup_logging, worker_ready, worker_shutting_down

from app.core.logging import configure_logging
from app.core.queue import make_celery
from app.core.settings import get_settings
from pipeline.courier import Courier
from pipeline.memory_return import settle, share_one_heap
from pipeline.processes import keep_memory_private
from pipeline.reaper import Reaper
from pipeline.retention import Sweeper
from pipeline.runtime import runtime

END_WITHIN_S = 8.0
FETCH_EVERY_S = 0.05
log = logging.getLogger(__name__)

celery = make_celery(get_settings())
celery.conf.imports = ("pipeline.tasks",)


@celeryd_init.connect
def _keep_memory_private(**_: Any) -> None:
    keep_memory_private()
    share_one_heap()


@setup_logging.connect
def _logging(**_: Any) -> None:
    configure_logging(get_settings())


@worker_ready.connect
def _look_for_work_soon(sender: Any, **_: Any) -> None:
    """With Redis, a slot that has become free asks for a message when Celery's loop turns: by itself once a second."""
    hub = getattr(sender, "hub", None)
    if hub is not None:
        hub.call_repeatedly(FETCH_EVERY_S, lambda: None)


@worker_ready.connect
def _start_housekeeping(**_: Any) -> None:
    try:
        held = runtime()
        Reaper(held.sessions, celery, held.shutdown).start()
        Sweeper(held.settings, held.sessions, held.store, held.shutdown).start()
        Courier(held.settings, held.sessions, held.shutdown).start()
        settle()
        log.info("the worker is ready")
    except Exception:  # Celery goes on after a handler's error, and a worker without a reaper is worse than none
        log.critical("the worker cannot keep house and ends", exc_info=True)
        os._exit(1)


@worker_shutting_down.connect
def _hand_back(**_: Any) -> None:
    """Running steps end their children and give their leases back, each from its own thread."""
    threading.Thread(target=runtime().shutdown.set, daemon=True).start()
    last_word = threading.Timer(END_WITHIN_S, os._exit, args=(1,))
    last_word.daemon = True
    last_word.start()
