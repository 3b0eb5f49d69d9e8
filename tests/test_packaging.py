"""What a fresh machine gets: the locks hold what the code imports, the image and the compose file name what exists."""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.settings import Settings
from tests.conftest import ROOT

PACKAGES = ("app", "pipeline", "agents")


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / name).read_text(), re.MULTILINE))


def imported() -> set[str]:
    """Top-level modules that the product imports, other than its own and Python's."""
    found: set[str] = set()
    for path in (p for package in PACKAGES for p in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(PACKAGES) - set(sys.stdlib_module_names) - {"mypy_boto3_s3"}


def test_everything_imported_is_in_the_lock_that_runs_the_service() -> None:
    owners = packages_distributions()
    runtime = locked("requirements.lock")
    missing = {
        module
        for module in imported()
        if not {re.sub(r"[._]", "-", d.lower()) for d in owners.get(module, [])}
        & {re.sub(r"[._]", "-", r) for r in runtime}
    }
    assert len(imported()) > 15, "the scan finds nothing"
    assert not missing


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_pinned_by_hash_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert text.count("--hash=sha256:") > 500
    assert locked("requirements.lock") <= locked("requirements-dev.lock")


def test_every_python_gets_the_same_versions_but_where_wheels_force_us() -> None:
    names = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert {name for name in names if names.count(name) > 1} <= {"numpy", "pocketsphinx"}


def dockerfile() -> list[tuple[str, str]]:
    """Its instructions with their arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line and not line.startswith("#")]


def compose(**variables: str) -> dict[str, Any]:
    """The compose file with its variables put in; one that must be given and is not is an error."""

    def value(match: re.Match[str]) -> str:
        name, operator, rest = match.group("name", "operator", "rest")
        if operator == ":?" and name not in variables:
            raise KeyError(name)
        return variables.get(name) or (rest if operator == ":-" else "")

    text = (ROOT / "docker-compose.yml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    pattern = r"(?<!\$)\$\{(?P<name>\w+)(?:(?P<operator>:[?-])(?P<rest>[^}]*))?\}"
    found: dict[str, Any] = yaml.safe_load(re.sub(pattern, value, "\n".join(lines)))
    return found


SECRETS = {"POSTGRES_PASSWORD": "p" * 20, "STORE_SECRET": "s" * 20, "LECTERN_SECRET_KEY": "k" * 20}
OURS = ("migrate", "api", "worker")


def test_the_image_is_built_from_what_exists_in_two_stages() -> None:
    instructions = dockerfile()
    assert [name for name, _ in instructions].count("FROM") == 2
    sources = [w for name, rest in instructions if name == "COPY" and "--from" not in rest for w in rest.split()[:-1]]
    assert {"requirements.lock", *PACKAGES, "alembic"} <= set(sources)
    assert all((ROOT / source).exists() for source in sources)
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert set(sources) == set(allowed), "the build context holds what is copied, and no .env"
    assert "--require-hashes" in str(instructions)


def test_the_image_runs_as_nobody_special_and_tells_its_health() -> None:
    instructions = dockerfile()
    last = [index for index, (name, _) in enumerate(instructions) if name == "FROM"][-1]
    run = dict(instructions[last:])
    assert run["USER"] not in ("root", "0")
    assert json.loads(run["CMD"])[0] == "lectern"
    assert json.loads(run["HEALTHCHECK"].split("CMD", 1)[1])[0] == "python"
    assert "LECTERN_DATA_DIR=/var/lib/lectern/data" in run["ENV"]
    assert run["VOLUME"] == "/var/lib/lectern"


def test_the_compose_file_wires_the_services() -> None:
    document = compose(**SECRETS)
    services = document["services"]
    assert set(services) == {*OURS, "postgres", "redis", "store"}
    for name, service in services.items():
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"], f"{name} waits for the health of {other}"
            else:
                assert condition["condition"] == "service_completed_successfully"
        assert service.get("restart") == ("no" if name == "migrate" else "unless-stopped")
        assert set(service["networks"]) <= set(document["networks"])
    for name in ("api", "worker"):
        assert set(services[name]["depends_on"]) == {"migrate", "redis", "store"}
    used = {v.split(":")[0] for s in services.values() for v in s.get("volumes", [])}
    assert used == set(document["volumes"])


def test_the_compose_file_holds_no_secret_and_starts_without_none() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for missing in SECRETS:
        with pytest.raises(KeyError, match=missing):
            compose(**{name: value for name, value in SECRETS.items() if name != missing})
    for name, variable in re.findall(
        r"^\s+(\w*(?:PASSWORD|SECRET|SECRET_KEY|SECRET_ACCESS_KEY)): (.*)$", text, re.MULTILINE
    ):
        assert variable.startswith("${"), f"{name} is written down"
    environment = compose(**SECRETS)["services"]["api"]["environment"]
    assert "p" * 20 in environment["DATABASE_URL"]
    known = {f"LECTERN_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in environment if name.startswith("LECTERN_")} <= known


def test_the_compose_file_waits_for_keys_and_exposes_nothing() -> None:
    document = compose(**SECRETS)
    services = document["services"]
    for name in OURS:
        assert services[name]["environment"]["LECTERN_REQUIRE_KEYS"] == "true"
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert document["networks"]["inner"]["internal"] is True
    for name in ("postgres", "redis"):
        assert services[name]["networks"] == ["inner"]
        assert "ports" not in services[name]


def test_the_containers_are_confined_and_bounded() -> None:
    for name, service in compose(**SECRETS)["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "mem_limit" in service, name
        assert "/tmp" in service["tmpfs"], name
        assert not service.get("privileged")
        assert set(service.get("cap_add", [])) <= {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
        assert name not in OURS or "cap_add" not in service


def test_ci_runs_the_readmes_test_command_and_the_gate() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "make test" in (ROOT / "README.md").read_text()
    assert re.findall(r"^make (\w+)$", script, re.MULTILINE) == ["test", "check"]
    targets = set(re.findall(r"^([a-z-]+):", Path(ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"setup", "run", "test", "serve", "check", "bench"} <= targets
