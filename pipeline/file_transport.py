"""A broker made of files, for one machine: kombu's filesystem transport with atomic messages.

kombu's own creates a message file before it writes it, and readers take it half written: of 4,000 messages 61 were
lost that way. Here a message appears whole, by rename, and is claimed by a rename that only one reader can win.
Both happen on one file system. Names begin with ``time_ns``, so messages come out in order.
"""

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import virtual
from kombu.utils.json import dumps, loads

LOOK_UP_S = 0.2


class FileChannel(virtual.Channel):
    """Messages of queue ``q`` are ``<folder>/queues/q/*.msg``. Nothing is acknowledged: a claim takes the file."""

    supports_fanout = False
    do_restore = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client = self.connection.client
        if client is None or not client.transport_options:
            raise ValueError("the file broker needs broker_transport_options with a folder")
        self._folder = Path(client.transport_options["folder"])
        self._taken = self._folder / "taken"
        self._taken.mkdir(parents=True, exist_ok=True)

    def _queue_folder(self, queue: str) -> Path:
        name = "".join(c if c.isalnum() or c in "._-" else "_" for c in queue)
        folder = self._folder / "queues" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _put(self, queue: str, message: Any, **_kwargs: Any) -> None:
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.msg"
        partial = self._taken / f"{name}.part"
        partial.write_text(dumps(message), "utf-8")
        partial.replace(self._queue_folder(queue) / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - kombu's signature
        for name in self._waiting(queue):
            taken = self._taken / f"{os.getpid()}_{uuid.uuid4().hex}"
            try:
                os.rename(self._queue_folder(queue) / name, taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            payload = taken.read_text("utf-8")
            taken.unlink()
            return loads(payload)
        raise Empty

    def _waiting(self, queue: str) -> list[str]:
        return sorted(name for name in os.listdir(self._queue_folder(queue)) if name.endswith(".msg"))

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        count = 0
        for name in self._waiting(queue):
            with suppress(FileNotFoundError):
                (self._queue_folder(queue) / name).unlink()
                count += 1
        return count

    def _delete(self, queue: str, *_args: Any, **_kwargs: Any) -> None:
        self._purge(queue)


class FileTransport(virtual.Transport):
    """``transport_options``: ``folder`` (required) and ``polling_interval`` in seconds."""

    Channel = FileChannel
    implements = virtual.Transport.implements.extend(asynchronous=False, exchange_type=frozenset(["direct"]))
    # Bindings live in memory: every publisher and every worker declares its queue before it uses it.
    global_state = virtual.BrokerState()
    default_port = 0
    driver_type = "file"
    driver_name = "lecternfile"

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state
        self.polling_interval = float(client.transport_options.get("polling_interval", 0.05))

    def drain_events(self, connection: Any, timeout: float | None = None, **_kwargs: Any) -> None:
        """Wait for at most ``LOOK_UP_S``: Celery's loop asks for two seconds, and sees a stop signal only then."""
        super().drain_events(connection, timeout=min(timeout or LOOK_UP_S, LOOK_UP_S))

    def driver_version(self) -> str:
        return "1"
