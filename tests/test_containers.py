"""What the containers run, run here in the same form: the commands of the image and of the compose file."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pipeline.listener import listen
from pipeline.processes import wait_until
from tests.app.core.test_redaction import CANARY
from tests.conftest import new_database
from tests.test_packaging import SECRETS, compose, dockerfile

pytestmark = pytest.mark.stack


def on_path(command: list[str]) -> list[str]:
    """The command as it is found in the image's PATH: here, in this environment's."""
    return [str(Path(sys.executable).parent / command[0]), *command[1:]]


class Containers:
    """The environment of the compose file, but for the addresses of what stands outside."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.services = compose(**SECRETS)["services"]
        with listen("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._ours = {
            "DATABASE_URL": database_url,
            "LECTERN_DATA_DIR": str(data_dir),
            "LECTERN_HOST": "127.0.0.1",
            "LECTERN_PORT": str(port),
            "LECTERN_LOG_FORMAT": "json",
        }
        self._folder = data_dir.parent

    def environment(self, service: str) -> dict[str, str]:
        given = {name: str(value) for name, value in self.services[service]["environment"].items()}
        without = ("REDIS_URL", "S3_BUCKET", "AWS_ENDPOINT_URL_S3")
        kept = {name: value for name, value in given.items() if name not in without}
        path = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
        return path | kept | self._ours

    def verbose(self) -> None:
        """Everything that can be said is said, and nobody needs a key to have more of it said."""
        self._ours |= {"LECTERN_LOG_LEVEL": "DEBUG", "LECTERN_REQUIRE_KEYS": "false"}

    def run(self, service: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """A command inside the container, to its end."""
        return subprocess.run(
            on_path(command),
            env=self.environment(service),
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def up(self, service: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
        """The service with the command of the compose file, and where its output goes."""
        output = self._folder / f"{service}.out"
        with output.open("wb") as out:
            command = on_path(self.services[service]["command"])
            process = subprocess.Popen(command, env=self.environment(service), cwd=self._folder, stdout=out, stderr=out)
            try:
                yield process, output
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()


@pytest.fixture
def containers(postgres_url: str, tmp_path: Path) -> Containers:
    return Containers(new_database(postgres_url), tmp_path / "data")


def health_command() -> list[str]:
    arguments = next(rest for name, rest in dockerfile() if name == "HEALTHCHECK")
    found: list[str] = json.loads(arguments.split("CMD", 1)[1])
    return found


def lines(output: Path) -> list[dict[str, Any]]:
    """Every line of the log is a JSON object with a time, a level and a message."""
    found = [json.loads(line) for line in output.read_text().splitlines()]
    assert all({"timestamp", "level", "logger", "message"} <= set(line) for line in found)
    return found


def test_migrated_the_api_waits_for_keys_and_tells_its_health(containers: Containers) -> None:
    assert containers.run("api", health_command()).returncode != 0, "nothing listens yet"
    migrated = containers.run("migrate", containers.services["migrate"]["command"])
    assert migrated.returncode == 0, migrated.stderr
    with containers.up("api") as (process, output):
        assert wait_until(lambda: containers.run("api", health_command()).returncode == 0, within_s=60), (
            output.read_text()
        )
        with httpx2.Client(base_url=containers.url, timeout=30, trust_env=False) as http:
            assert http.get("/api/v1/jobs").json()["code"] == "key_required"
            made = containers.run("api", ["lectern", "keys", "create", "--name", "me"])
            assert made.returncode == 0, made.stderr
            key = made.stdout.strip()
            assert http.get("/api/v1/jobs", headers={"Authorization": f"Bearer {key}"}).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM), "it was asked to end, and nothing killed it"
        told = lines(output)
        assert key not in output.read_text()
    requests = [line for line in told if line["logger"] == "lectern.access" and line["route"] == "/api/v1/jobs"]
    assert [line["status"] for line in requests] == [401, 200]
    assert key.startswith(requests[1]["actor"])


def test_a_key_in_any_place_of_a_request_is_in_no_line_of_the_log(containers: Containers) -> None:
    assert containers.run("migrate", containers.services["migrate"]["command"]).returncode == 0
    containers.verbose()
    keys = [f"{start}{CANARY}" for start in ("lk_0123456789_", "sk-", "AIza", "whsec_")]
    with containers.up("api") as (process, output), httpx2.Client(base_url=containers.url, trust_env=False) as http:
        assert wait_until(lambda: answers(http), within_s=60), output.read_text()
        for key in keys:
            put_everywhere(http, key)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert len([line for line in lines(output) if line["logger"] == "lectern.access"]) > 14 * len(keys)
        assert CANARY not in output.read_text()


def put_everywhere(http: httpx2.Client, key: str) -> None:
    """Requests with ``key`` in each place a caller can put one."""
    http.get("/api/v1/jobs", headers={"Authorization": f"Bearer {key}"})
    for name in ("X-API-Key", "X-Request-ID", "User-Agent", "Referer", "Cookie", "Origin", "Host", "If-None-Match"):
        http.get("/api/v1/jobs", headers={name: key})
    http.request(key.replace("_", "-"), f"/api/v1/{key}/{key}?{key}={key}&token={key}")
    http.get(f"/api/v1/jobs/{key}", params={"cursor": key, "key": key})
    http.post("/api/v1/jobs", json={"kind": key, "source": {"url": f"https://{key}@host/?k={key}"}, key: key})
    http.post("/api/v1/upload", files={key: (key, key.encode(), key)}, data={"options": key})
    http.post("/api/v1/upload", content=key, headers={"Content-Type": f"multipart/form-data; boundary={key}"})


def answers(http: httpx2.Client) -> bool:
    try:
        return http.get("/livez").status_code == 200
    except httpx2.HTTPError:
        return False


def test_the_worker_speaks_json_and_ends_when_it_is_asked(containers: Containers) -> None:
    assert containers.run("migrate", containers.services["migrate"]["command"]).returncode == 0
    with containers.up("worker") as (process, output):
        said = containers._folder / "data" / "sandbox.json"
        assert wait_until(said.exists, within_s=60), output.read_text()
        assert wait_until(lambda: "the worker is ready" in output.read_text(), within_s=60), output.read_text()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        messages = [line["message"] for line in lines(output)]
    assert "the worker takes media, transcribe, io" in str(messages)
