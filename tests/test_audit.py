"""The dependency audit of `make check`, with the real pip-audit against a database on loopback."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.loopback_server import post_server

LOCK = f"""\
click==8.1.8 \\
    --hash=sha256:{"0" * 64}
rich==13.9.4 \\
    --hash=sha256:{"1" * 64}
"""


def vulnerability(fixed: str | None) -> dict[str, Any]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {"package": {"name": "click", "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "summary": "Bad.", "affected": [affected]}


@contextmanager
def database(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Answers as OSV does: the vulnerabilities of a package, or an empty object."""

    def reply(handler: BaseHTTPRequestHandler, _headers: dict[str, str], body: bytes) -> None:
        asked = json.loads(body)
        answer = json.dumps({"vulns": v} if (v := found.get(asked["package"]["name"])) else {}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    with post_server(reply) as url:
        yield f"{url}/v1/query"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "audit.py").write_text((ROOT / ".ci" / "audit.py").read_text())
    (tmp_path / "audit-ignore").write_text((ROOT / ".ci" / "audit-ignore").read_text())
    (tmp_path / "small.lock").write_text(LOCK)
    return tmp_path


def audit(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "audit.py"), str(folder / "small.lock"), "--osv-url", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_nothing_known_passes(folder: Path) -> None:
    with database({}) as url:
        done = audit(folder, url)
    assert (done.returncode, done.stdout) == (0, "dependency audit: 2 packages, 0 to be updated\n"), done.stderr


def test_a_vulnerability_with_a_fix_fails_unless_a_reason_is_given(folder: Path) -> None:
    with database({"click": [vulnerability("8.2.0")]}) as url:
        done = audit(folder, url)
        assert done.returncode == 1
        assert "click 8.1.8: PYSEC-2026-1 is fixed in 8.2.0" in done.stdout
        (folder / "audit-ignore").write_text("# a comment\nCVE-2026-1 only on Windows\n")
        done = audit(folder, url)
        assert done.returncode == 0
        assert "only on Windows" in done.stdout
        (folder / "audit-ignore").write_text("CVE-2026-1\n")
        done = audit(folder, url)
        assert done.returncode == 1
        assert "no reason" in done.stderr


def test_a_vulnerability_without_a_fix_is_told_and_passes(folder: Path) -> None:
    with database({"click": [vulnerability(None)]}) as url:
        done = audit(folder, url)
    assert done.returncode == 0
    assert "has no fix yet" in done.stdout


def test_without_a_network_it_says_so_at_once(folder: Path) -> None:
    started_s = time.monotonic()
    done = audit(folder, "http://127.0.0.1:1/v1/query")
    assert time.monotonic() - started_s < 20, "five seconds, and room for a machine under load"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "dependency audit: left out, the vulnerability database cannot be reached\n"


def test_a_lock_that_cannot_be_read_is_no_missing_network(folder: Path) -> None:
    (folder / "small.lock").write_text("this is no requirement ==\n")
    with database({}) as url:
        done = audit(folder, url)
    assert done.returncode == 1
    assert "pip-audit failed" in done.stderr


def test_make_check_audits_the_lock() -> None:
    recipe = (ROOT / "Makefile").read_text().split("\ncheck:")[1].split("\n\n")[0]
    assert ".ci/audit.py" in recipe
