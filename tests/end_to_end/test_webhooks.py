"""A job's webhook, through the whole service: API, worker, courier, receiver."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from app.core.settings import Settings
from pipeline.postgres import EmbeddedPostgres
from pipeline.stack import Stack
from tests.end_to_end.service import wait
from tests.pipeline.courier.receiver import Receiver, status

pytestmark = pytest.mark.stack
CANARY = "c4nary"


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    EmbeddedPostgres(tmp_path).remove()


def without_nulls(value: Any) -> Any:
    """A message leaves out what has no value where a poll says null."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def test_a_failed_job_tells_its_webhook(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, worker_concurrency=1, egress_networks=("127.0.0.0/8",))
    with (
        Receiver() as receiver,
        Stack(settings, port=0) as stack,
        httpx2.Client(base_url=stack.url, timeout=60, trust_env=False) as http,
    ):
        receiver.behave(status(503), status(204))
        secret = http.get("/api/v1/webhooks/secret").json()["secret"]
        submission = {
            "kind": "highlights",
            "source": {"url": receiver.url("/not-there.mp4")},
            "webhook_url": receiver.url(f"/hook?key={CANARY}"),
        }
        answer = http.post("/api/v1/jobs", json=submission)
        assert answer.status_code == 202, answer.text
        job = wait(http, answer.json()["id"], within_s=120)
        assert job["status"] == "failed"

        receiver.wait_for(2, timeout_s=60)  # the first attempt is refused, and the second one comes five seconds later
        first, second = receiver.messages
        assert (first.id, first.body) == (second.id, second.body)
        message = Webhook(secret).verify(second.body, second.headers)
        assert message["type"] == "job.failed"
        told = {**job, "urls": {name: job["urls"][name] for name in ("self", "result")}}
        assert without_nulls(message["data"]) == without_nulls(told)

        end_s = time.monotonic() + 20
        while (page := http.get(f"/api/v1/jobs/{job['id']}/deliveries").json())["items"][0]["status"] == "pending":
            assert time.monotonic() < end_s
            time.sleep(0.1)
        (delivery,) = page["items"]
        assert (delivery["id"], delivery["status"]) == (second.id, "delivered")
        assert [each["status_code"] for each in delivery["attempts"]] == [503, 204]
        http.post(f"/api/v1/jobs/{job['id']}/deliveries/{delivery['id']}/replay").raise_for_status()
        receiver.wait_for(3, timeout_s=30)
        assert receiver.messages[2].body == second.body
    logs = "".join(path.read_text() for path in data_dir.rglob("*.log"))
    assert "delivery" in logs
    assert CANARY not in logs
