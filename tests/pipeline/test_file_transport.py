"""The file broker: whole messages, each taken once, in order, by many readers at once."""

import threading
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from celery import Celery
from kombu import Connection

from app.core.queue import make_celery
from app.core.settings import Settings


def connect(folder: Path) -> Any:
    make_celery(Settings(data_dir=folder))  # registers the transport
    return Connection("lecternfile://localhost/", transport_options={"folder": str(folder), "polling_interval": 0.01})


def test_messages_come_out_in_order_and_once(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("jobs")
        for number in range(50):
            queue.put({"number": number})
        assert queue.qsize() == 50
        got = []
        for _ in range(50):
            message = queue.get(timeout=1)
            message.ack()
            got.append(message.payload["number"])
        assert got == list(range(50))
        with pytest.raises(Empty):
            queue.get(block=False)
        queue.close()


def test_no_message_is_torn_or_doubled_between_writers_and_readers(tmp_path: Path) -> None:
    writers, readers, each = 4, 4, 250
    got: list[int] = []
    payload = "x" * 20_000

    def write(base: int) -> None:
        with connect(tmp_path) as connection:
            queue = connection.SimpleQueue("jobs")
            for number in range(each):
                queue.put({"number": base + number, "payload": payload})
            queue.close()

    def read() -> None:
        with connect(tmp_path) as connection:
            queue = connection.SimpleQueue("jobs")
            while len(got) < writers * each:
                try:
                    message = queue.get(timeout=0.5)
                except Empty:
                    continue
                assert message.payload["payload"] == payload
                message.ack()
                got.append(message.payload["number"])
            queue.close()

    threads = [threading.Thread(target=write, args=(n * each,)) for n in range(writers)]
    threads += [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(got) == list(range(writers * each))


def test_celery_publishes_through_it(tmp_path: Path) -> None:
    celery: Celery = make_celery(Settings(data_dir=tmp_path))
    celery.send_task("lectern.continue_job", args=["x"])
    waiting = list((tmp_path / "broker" / "queues" / "lectern").glob("*.msg"))
    assert len(waiting) == 1
