"""The OpenAPI document is true: schemathesis holds the running service against it, with every check that it has."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.core.database import make_engine, make_sessions
from app.core.principal import SCOPES
from app.core.settings import Settings
from app.services.api_keys import create_key
from pipeline.stack import Stack
from tests.conftest import ROOT, new_database
from tests.end_to_end.contract_data import prepare, recording
from tests.pipeline.courier.receiver import Receiver, status

pytestmark = [pytest.mark.stack, pytest.mark.media]
OWNERS = ("one", "another")
"""As the configuration has them."""
CONFIGS = Path(__file__).parent
SEED = os.environ.get("SEED", "1")
EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "5")
"""Of each operation and phase."""
WITHIN_S = float(os.environ.get("CONTRACT_WITHIN_S", "400"))
ANSWERED = re.compile(
    r'^lectern_http_requests_total\{method="\w+",route="([^"]*)",status="(\d+)"\} (\S+)$', re.MULTILINE
)
CASES = re.compile(r"(?P<count>\d+) generated, (?P=count) passed")


@pytest.fixture(scope="module")
def database(postgres_url: str) -> str:
    return new_database(postgres_url)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Stack]:
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path_factory.mktemp("contract"),
            "database_url": database,
            "require_keys": True,
            "key_rate_per_minute": 0,
            "address_rate_per_minute": 0,
            "worker_concurrency": 1,
            "egress_networks": ("127.0.0.0/8",),
            "trusted_proxies": ("127.0.0.1",),
            "url_expiry_s": 604800,
        }
    )
    with Stack(settings, port=0) as running:
        yield running


@pytest.fixture(scope="module")
def keys(stack: Stack, database: str) -> list[str]:
    """Of two owners, who may do everything. The stack has migrated the database."""
    engine = make_engine(database)
    with make_sessions(engine).begin() as session:
        made = [create_key(session, name=name, scopes=SCOPES).key for name in OWNERS]
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def http(stack: Stack, keys: list[str]) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {keys[0]}"}
    with httpx2.Client(base_url=stack.url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def variables(
    http: httpx2.Client, keys: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """What the configuration of schemathesis names."""
    folder = tmp_path_factory.mktemp("contract-data")
    owners = folder / "owners.json"
    users = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}]}
        for name, key in zip(OWNERS, keys, strict=True)
    ]
    owners.write_text(json.dumps({"auth": users}))
    with Receiver() as receiver:
        receiver.behave(status(204))
        found = prepare(http, recording(folder), receiver)
        yield {"CONTRACT_KEY": keys[0], "CONTRACT_OWNERS": str(owners), **found}


def test_the_service_is_what_its_document_says(
    stack: Stack, http: httpx2.Client, variables: dict[str, str], tmp_path: Path
) -> None:
    processes = stack.worker_pid, stack.api_pid
    operations = sum(len(each) for each in http.get("/openapi.json").json()["paths"].values())
    single = schemathesis(stack.url, variables, tmp_path, "schemathesis.toml", "examples,coverage,fuzzing")
    assert f"Tested: {operations}" in single, single
    linked = schemathesis(stack.url, variables, tmp_path, "schemathesis_links.toml", "stateful")

    answers = [(route, code, float(count)) for route, code, count in ANSWERED.findall(http.get("/metrics").text)]
    assert [each for each in answers if each[1].startswith("5")] == []
    assert {"200", "202", "204", "401", "404", "409", "422"} <= {code for _, code, _ in answers}
    assert (stack.worker_pid, stack.api_pid) == processes
    assert http.get("/livez").status_code == 200
    print(
        *(each[0] for said in (single, linked) for each in CASES.finditer(said)),
        f"{sum(count for *_, count in answers):.0f} answers",
    )


def schemathesis(url: str, variables: dict[str, str], folder: Path, config: str, phases: str) -> str:
    """What it says of the service. Fails unless that is nothing bad."""
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [program, "--no-color", "--config-file", str(CONFIGS / config), "run", f"{url}/openapi.json"]
    command += ["--checks", "all", "--seed", SEED, "-n", EXAMPLES, "--phases", phases]
    output = folder / f"{config}.txt"
    with output.open("w") as file:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=subprocess.STDOUT,
            timeout=WITHIN_S,
            check=False,
        )
    said = output.read_text()
    assert done.returncode == 0, said
    assert CASES.search(said), said
    return said
