"""A secret in every place where a caller can put one, then in no log, row, message, object, file or process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx2
import psutil
import pytest
from redis import Redis
from sqlalchemy import text

from app.core.database import make_engine, make_sessions
from app.core.settings import Settings
from app.services.api_keys import create_key
from pipeline.postgres import EmbeddedPostgres
from pipeline.stack import Stack
from tests.end_to_end.canaries import VISIBLE, Canaries, mumble, sing
from tests.end_to_end.conftest import BUCKET, embedded_stack, production_stack
from tests.end_to_end.service import FINISHED

pytestmark = pytest.mark.stack
JOBS = "/api/v1/jobs"


class Traces:
    """What is found of the canaries, by place and by where. Make it when all of them are made."""

    def __init__(self, canaries: Canaries) -> None:
        self._wanted = {place: _spellings(canary) for place, canary in canaries.made.items()}
        starts = {canary[:6] for canary in canaries.made.values()}
        self._suspicious = [spelling for start in starts for spelling in _spellings(start)]
        self.hits: set[tuple[str, str]] = set()
        self.visible: set[str] = set()

    def look(self, where: str, data: bytes) -> None:
        if VISIBLE.encode() in data:
            self.visible.add(where.partition(" ")[0])
        if any(start in data for start in self._suspicious):
            for place, spellings in self._wanted.items():
                if any(spelling in data for spelling in spellings):
                    self.hits.add((place, where))


def _spellings(secret: str) -> list[bytes]:
    """As it is, in capitals, in hex, and as Windows writes text."""
    return [secret.encode(), secret.upper().encode(), secret.encode().hex().encode(), secret.encode("utf-16-le")]


@contextmanager
def keyed_stack(form: str, data_dir: Path, postgres_url: str) -> Iterator[Stack]:
    opened = embedded_stack(data_dir) if form == "embedded" else production_stack(data_dir, postgres_url)
    with opened as stack:
        yield stack


@pytest.fixture(scope="module", params=["embedded", "production"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> Iterator[tuple[Stack, Canaries]]:
    """A stack that asks for keys, started by somebody who has one in the environment."""
    canaries = Canaries()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LECTERN_REQUIRE_KEYS", "true")
        patch.setenv("LECTERN_API_KEY", canaries.key("LECTERN_API_KEY"))
        patch.setenv("LECTERN_JOB_OPENAI_API_KEY", canaries.of("LECTERN_JOB_OPENAI_API_KEY"))
        with keyed_stack(request.param, tmp_path_factory.mktemp(f"canary-{request.param}"), postgres_url) as stack:
            yield stack, canaries


def settings_of(stack: Stack) -> Settings:
    return stack._settings


def database_url(stack: Stack) -> str:
    configured = settings_of(stack).database_url
    return configured.get_secret_value() if configured else EmbeddedPostgres(stack.data_dir).url


def test_nothing_is_left_of_a_secret(service: tuple[Stack, Canaries]) -> None:
    stack, canaries = service
    engine = make_engine(database_url(stack))
    with make_sessions(engine).begin() as session:
        keys = [create_key(session, name="canary", owner="canary-owner").key for _ in range(2)]
    engine.dispose()
    for number, key in enumerate(keys):
        canaries.made[f"valid key {number}"] = key.rsplit("_", 1)[1]

    with httpx2.Client(base_url=stack.url, timeout=60, trust_env=False) as http:
        statuses = dict(sing(http, keys[0], canaries))
        require_heard(statuses)
        assert http.get(JOBS, headers={"X-API-Key": keys[1]}).status_code == 200
        mumble(stack.url, canaries)
        http.headers["Authorization"] = f"Bearer {keys[0]}"
        last_event_id = canaries.of("Last-Event-ID")
        traces = Traces(canaries)
        for job in finished_jobs(http, stack, traces):
            events = http.get(f"{JOBS}/{job['id']}/events", headers={"Last-Event-ID": last_event_id})
            assert events.status_code == 200

    look_at_processes(stack, traces)
    look_at_tables(database_url(stack), traces)
    look_at_files(stack, traces)
    look_at_broker(stack, traces)
    look_at_bucket(stack, traces)
    assert len(canaries.made) > 50
    assert not traces.hits
    assert {"table", "file"} <= traces.visible, "what must be there is found, so the search can find"


def require_heard(statuses: dict[str, int]) -> None:
    """Each canary was in a request that the service understood, whatever it thought of it."""
    taken = (
        "Idempotency-Key",
        "X-Request-ID of a change",
        "query of a source",
        "a webhook",
        "Cookie",
        "X-Request-ID",
        "X-OpenAI-Api-Key",
    )
    refused = ("an unknown key", "no scheme", "another scheme", "query token of a refusal")
    assert not {place: status for place, status in statuses.items() if status >= 500}
    assert {place: statuses[place] for place in taken if statuses[place] not in (200, 202)} == {}
    assert {place: statuses[place] for place in refused if statuses[place] != 401} == {}


def finished_jobs(http: httpx2.Client, stack: Stack, traces: Traces) -> list[dict[str, Any]]:
    """All jobs, after a step of each has run, they have ended, and a webhook was called. Watches the processes."""
    deadline = time.monotonic() + 90

    def until(reached: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        while True:
            look_at_processes(stack, traces)
            jobs: list[dict[str, Any]] = http.get(f"{JOBS}?limit=100").raise_for_status().json()["items"]
            if reached(jobs):
                return jobs
            assert time.monotonic() < deadline, jobs
            time.sleep(0.1)

    assert until(lambda jobs: len(jobs) >= 3)
    begun = until(lambda jobs: all(job["status"] in FINISHED or job["steps"][0]["attempt"] for job in jobs))
    for job in begun:
        if job["status"] not in FINISHED:
            http.post(f"{JOBS}/{job['id']}/cancel")
    ended = until(lambda jobs: all(job["status"] in FINISHED for job in jobs))
    until(lambda jobs: any(deliveries(http, job) for job in jobs))
    return ended


def deliveries(http: httpx2.Client, job: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that were attempted."""
    found = http.get(f"{JOBS}/{job['id']}/deliveries").raise_for_status().json()["items"]
    return [each for each in found if each["attempts"]]


def look_at_processes(stack: Stack, traces: Traces) -> None:
    """Environment and command line of API, worker and whatever they have started. What we may not read is private."""
    for pid in (stack.api_pid, stack.worker_pid):
        assert pid is not None
        for process in _family(pid):
            for name in ("environ", "cmdline"):
                try:
                    traces.look(f"process {name}", Path(f"/proc/{process.pid}/{name}").read_bytes())
                except OSError:
                    continue


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def look_at_tables(url: str, traces: Traces) -> None:
    """Every row of every table as text, and what the server still knows of statements."""
    engine = make_engine(url)
    with engine.connect() as connection:
        names = connection.execute(
            text("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN (:a, :b)"),
            {"a": "pg_catalog", "b": "information_schema"},
        ).scalars()
        tables = list(names)
        assert "public.jobs" in tables
        for table in tables:
            for row in connection.execute(text(f"SELECT t::text FROM {table} t")).scalars():
                traces.look(f"table {table}", row.encode())
        for statement in connection.execute(text("SELECT query FROM pg_stat_activity")).scalars():
            traces.look("statements", (statement or "").encode())
    engine.dispose()


def look_at_files(stack: Stack, traces: Traces) -> None:
    """All of the data folder, logs included, and of the embedded cluster with its write-ahead log."""
    folders = [stack.data_dir]
    if settings_of(stack).database_url is None:
        folders.append(EmbeddedPostgres(stack.data_dir).home)
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                try:
                    traces.look(f"file {path.relative_to(folder)}", path.read_bytes())
                except FileNotFoundError:  # in use and gone
                    continue
    assert (stack.data_dir / "logs" / "api.log").stat().st_size
    assert (stack.data_dir / "logs" / "worker.log").stat().st_size


def look_at_broker(stack: Stack, traces: Traces) -> None:
    broker_url = settings_of(stack).broker_url
    if broker_url is None:
        return  # files in the data folder
    readers: dict[bytes, Any] = {
        b"string": lambda server, key: server.get(key),
        b"list": lambda server, key: server.lrange(key, 0, -1),
        b"hash": lambda server, key: server.hgetall(key),
        b"set": lambda server, key: server.smembers(key),
        b"zset": lambda server, key: server.zrange(key, 0, -1, withscores=True),
    }
    with Redis.from_url(broker_url.get_secret_value()) as server:
        names = list(server.scan_iter())
        assert names
        for name in names:
            traces.look(f"redis {name!r}", name + repr(readers[server.type(name)](server, name)).encode())


def look_at_bucket(stack: Stack, traces: Traces) -> None:
    settings = settings_of(stack)
    if settings.s3_bucket is None:
        return
    assert settings.aws_access_key_id is not None
    assert settings.aws_secret_access_key is not None
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=settings.aws_access_key_id.get_secret_value(),
        aws_secret_access_key=settings.aws_secret_access_key.get_secret_value(),
    )
    found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    assert found
    for each in found:
        answer = client.get_object(Bucket=BUCKET, Key=each["Key"])
        traces.look(f"object {each['Key']}", repr(answer["Metadata"]).encode() + answer["Body"].read())
    client.close()
