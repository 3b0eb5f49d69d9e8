"""docs/operations.md and docs/alerts.yml speak of what exists: metrics, labels, settings, commands, services."""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app
from app.services.engine_state import EngineState
from app.services.outcomes import Outcomes
from app.services.service_collector import engine_metrics
from pipeline.cli import cli
from tests.app.conftest import make_settings
from tests.conftest import ROOT
from tests.test_packaging import SECRETS, compose

PAGE = (ROOT / "docs" / "operations.md").read_text()
RULES = [
    rule for group in yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
FROM_PROMETHEUS = {"up"}
"""What Prometheus itself knows of a target."""
FUNCTIONS = {"sum", "min", "max", "by", "rate", "increase", "histogram_quantile", "ignoring", "and"}


@pytest.fixture(scope="module")
def types(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every metric of a real /metrics, by its name, with its type."""
    settings = make_settings(
        database_url=database_url, data_dir=tmp_path_factory.mktemp("d"), broker_url="memory://", secret_key="of tests"
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        client.get("/api/v1/jobs")
        text = client.get("/metrics").text
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))


def series(types: dict[str, str]) -> set[str]:
    parts = {
        f"{name}{end}" for name, kind in types.items() if kind == "histogram" for end in ("_bucket", "_sum", "_count")
    }
    return {name for name, kind in types.items() if kind != "histogram"} | parts


def names_in(expression: str) -> set[str]:
    """The metrics of a PromQL expression: words that are no function, label, value or number."""
    bare = re.sub(r"\{[^}]*\}|\[\w+\]|\b(?:by|ignoring|on)\s*\([^)]*\)", " ", expression)
    return set(re.findall(r"\b[a-z_][a-z0-9_]*\b", re.sub(r"\b\d+e\d+\b", "", bare))) - FUNCTIONS


@pytest.mark.stack
def test_each_alert_asks_for_metrics_that_there_are(types: dict[str, str]) -> None:
    known = series(types) | FROM_PROMETHEUS
    assert len(RULES) > 10
    for rule in RULES:
        asked = names_in(rule["expr"])
        assert asked, rule["alert"]
        assert asked <= known, (rule["alert"], asked - known)
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_each_alert_asks_for_labels_that_there_are() -> None:
    keys = [
        ("step", "transcription", "failed"),
        ("job", "highlights", "completed"),
        ("webhook", "job.completed", "failed"),
    ]
    outcomes = {key: Outcomes((1,) * 13, 1.0) for key in keys}
    state = EngineState({}, {}, {}, 0, 0, {}, {}, 0, 0, outcomes)
    labels = {family.name: {label for s in family.samples for label in s.labels} for family in engine_metrics(state)}
    for rule in RULES:
        for name, given in re.findall(
            r"(lectern_(?:step|job|webhook)_\w+?)(?:_total|_bucket)?\{([^}]*)\}", rule["expr"]
        ):
            asked = set(re.findall(r"(\w+)\s*=", given))
            assert asked <= labels[name], (rule["alert"], name, asked)


@pytest.mark.stack
def test_each_metric_is_explained_and_each_explained_is_there(types: dict[str, str]) -> None:
    explained = set(re.findall(r"`(lectern_\w+)`", PAGE))
    assert {name for name in types if name.startswith("lectern_")} == explained


def test_each_alert_is_explained_and_each_explained_is_there() -> None:
    assert {rule["alert"] for rule in RULES} == set(re.findall(r"^\| `(Lectern\w+)` \|", PAGE, re.MULTILINE))
    assert all(rule["labels"]["severity"] in ("info", "warning", "critical") for rule in RULES)


def test_settings_commands_and_services_exist() -> None:
    known = {f"LECTERN_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bLECTERN_[A-Z_]+", PAGE)) <= known
    commands = set(
        re.findall(
            r"(?<![\w:/-])lectern ((?:keys )?[a-z]+)", " ".join(re.findall(r"`[^`]*`|```.*?```", PAGE, re.DOTALL))
        )
    )
    for words in (command.split() for command in commands - {"lectern"}):
        found: Any = cli
        for word in words:
            assert word in found.commands, words
            found = found.commands[word]
    services = set(compose(**SECRETS)["services"])
    used = re.findall(
        r"docker compose (?:exec|run|stop|start)((?: -\S+| --rm)*)((?: (?:api|worker|postgres|migrate|store)\b)+)", PAGE
    )
    assert len(used) >= 6
    assert {name for _, names in used for name in names.split()} <= services


def test_the_proxies_let_through_what_the_api_takes() -> None:
    largest = Settings.model_fields["max_upload_bytes"].default
    assert f"client_max_body_size {largest // 1024**3}g;" in PAGE
    for block in re.findall(r"```(?:nginx|caddyfile)\n(.*?)```", PAGE, re.DOTALL):
        assert block.count("{") == block.count("}")
        assert "127.0.0.1:8000" in block


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target


def test_the_example_commands_are_understood() -> None:
    for line in re.findall(r"docker compose exec api (lectern [^#\n]+)", PAGE):
        words = [*line.split()[1:], "--help"]
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
