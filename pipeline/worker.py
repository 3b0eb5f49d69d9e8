"""A Celery worker with the options it is meant to run with: ``python -m pipeline.worker`` or ``lectern worker``."""

import os

from app.core.settings import get_settings
from pipeline.celery_app import celery


def main() -> None:
    """Work until SIGTERM: running steps hand their leases back and the worker ends within a second."""
    concurrency = get_settings().worker_concurrency or os.cpu_count() or 1
    arguments = ["worker", "--pool", "threads", "--concurrency", str(concurrency), "--loglevel", "WARNING"]
    arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    celery.worker_main(arguments)


if __name__ == "__main__":
    main()
