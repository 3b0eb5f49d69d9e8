"""A Celery worker with the options it is meant to run with: ``python -m pipeline.worker`` or ``lectern worker``."""

import logging
import sys

from app.core.logging import configure_logging
from app.core.queue import QUEUE, queue_of
from app.core.settings import get_settings
from pipeline.celery_app import celery
from pipeline.sandbox.level import SandboxUnavailable, announce_level
from pipeline.workers import slots_of

log = logging.getLogger("pipeline.worker")  # run as a program, its own name is __main__


def main() -> None:
    """Work until SIGTERM: running steps hand their leases back and the worker ends within a second."""
    settings = get_settings()
    configure_logging(settings)  # before Celery does: what comes before it is logged as well
    sys.__stdout__ = None  # type: ignore[misc]  # where Celery speaks past all logging
    try:
        announce_level(settings)
    except (SandboxUnavailable, OSError) as error:
        log.error("the sandbox could not be made ready: %s", error)
    concurrency = slots_of(settings)
    arguments = ["--quiet", "worker", "--pool", "threads", "--concurrency", str(concurrency), "--loglevel", "WARNING"]
    queues = [QUEUE, *(queue_of(need) for need in settings.worker_queues)]
    arguments += ["--queues", ",".join(queues)]
    arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    log.info("the worker takes %s, %d steps at once", ", ".join(settings.worker_queues), concurrency)
    celery.worker_main(arguments)
    log.info("the worker has ended")


if __name__ == "__main__":
    main()
