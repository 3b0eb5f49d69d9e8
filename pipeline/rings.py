"""How many messages wait in the broker: fewer than there are steps sent means that some were lost."""

import logging
from collections.abc import Mapping
from typing import Any, get_args

from celery import Celery
from kombu import Connection

from app.core.queue import CLIENT, queue_of
from app.services.recipes import Queue

log = logging.getLogger(__name__)
QUEUES: tuple[str, ...] = get_args(Queue)


def waiting_messages(celery: Celery) -> Mapping[str, int] | None:
    """Messages by kind of work (``media``); None where the broker does not answer, which takes two seconds."""
    try:
        with celery.connection_for_read(transport_options=dict(CLIENT)) as connection:
            return {queue: _waiting(connection, queue_of(queue)) for queue in QUEUES}
    except Exception as error:  # drivers raise what they like, and no fault of a broker may end its reaper
        log.warning("the broker does not say what waits in it: %s", type(error).__name__)
        return None


def _waiting(connection: Connection, name: str) -> int:
    try:
        channel: Any = connection.channel()  # kombu's types leave out what every transport has
        with channel:
            return int(channel.queue_declare(queue=name, passive=True).message_count)
    except connection.channel_errors:  # there is no such queue: brokers forget what is empty
        return 0
