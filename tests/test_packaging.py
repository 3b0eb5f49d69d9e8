"""What a fresh machine gets: the locks hold what the code imports, the image and the compose file name what exists."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

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


def test_the_image_copies_what_exists() -> None:
    text = (ROOT / "Dockerfile").read_text()
    sources = [w for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE) for w in line.split()[:-1]]
    assert {"requirements.lock", *PACKAGES, "alembic"} <= set(sources)
    assert all((ROOT / source).exists() for source in sources)
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    assert "HEALTHCHECK" in text


def test_the_compose_file_wires_the_services_and_holds_no_secret() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    assert set(services) == {"api", "worker", "postgres", "redis", "store"}
    for name in ("api", "worker"):
        assert set(services[name]["depends_on"]) <= set(services)
        environment = services[name]["environment"]
        for secret in ("AWS_SECRET_ACCESS_KEY", "LECTERN_SECRET_KEY"):
            assert environment[secret].startswith("${")
    assert all(port.startswith("127.0.0.1:") for port in services["api"]["ports"])
    used = {v.split(":")[0] for s in services.values() for v in s.get("volumes", [])}
    assert used == set(compose["volumes"])


def test_ci_runs_the_readmes_test_command_and_the_gate() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "make test" in (ROOT / "README.md").read_text()
    assert re.findall(r"^make (\w+)$", script, re.MULTILINE) == ["test", "check"]
    targets = set(re.findall(r"^([a-z-]+):", Path(ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"setup", "run", "test", "serve", "check", "bench"} <= targets
