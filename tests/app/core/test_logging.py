"""Log lines: their fields, where their context comes from, and that no secret gets through by any way."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.core.log_format import make_formatter
from app.core.logging import ContextFilter, job_context, request_id, request_state
from app.core.principal import Principal
from tests.app.core.test_redaction import CANARY

SECRET = f"sk-{CANARY}"


class Lines:
    """What a logger wrote, as text and as documents."""

    def __init__(self, form: Any, values: tuple[str, ...] = ()) -> None:
        self.out = StringIO()
        self.log = logging.getLogger("tests.lines")
        handler = logging.StreamHandler(self.out)
        handler.setFormatter(make_formatter(form, values))
        handler.addFilter(ContextFilter())
        self.log.handlers[:], self.log.propagate = [handler], False
        self.log.setLevel("DEBUG")

    @property
    def text(self) -> str:
        return self.out.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return found


@pytest.fixture(params=["json", "text"])
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    yield Lines(request.param, ("a configured secret",))
    logging.getLogger("tests.lines").handlers.clear()


@pytest.fixture
def json_lines() -> Iterator[Lines]:
    yield Lines("json")
    logging.getLogger("tests.lines").handlers.clear()


def test_a_json_line_has_its_fields_and_no_empty_ones(json_lines: Lines) -> None:
    json_lines.log.info("%s of %d", "one", 2, extra={"status": 200, "duration_s": 0.25})
    found = json_lines.last
    assert datetime.fromisoformat(found.pop("timestamp")).utcoffset() is not None
    assert found == {
        "level": "INFO",
        "logger": "tests.lines",
        "message": "one of 2",
        "status": 200,
        "duration_s": 0.25,
    }


def test_the_request_its_caller_and_the_job_are_told_where_there_are_any(json_lines: Lines) -> None:
    state: dict[str, Any] = {}
    tokens = request_id.set("mine-1"), request_state.set(state)
    try:
        state["principal"] = Principal("owner-1", "lk_0123456789", frozenset())
        with job_context("0197", "transcription"):
            json_lines.log.warning("inside")
            inside = json_lines.last
        json_lines.log.warning("after")
    finally:
        request_id.reset(tokens[0])
        request_state.reset(tokens[1])
    assert {key: inside[key] for key in ("request_id", "owner", "actor", "job_id", "step")} == {
        "request_id": "mine-1",
        "owner": "owner-1",
        "actor": "lk_0123456789",
        "job_id": "0197",
        "step": "transcription",
    }
    assert "job_id" not in json_lines.last
    json_lines.log.warning("outside")
    assert not {"request_id", "owner", "actor", "job_id", "step"} & set(json_lines.last)


def test_no_secret_gets_through_message_arguments_fields_or_exceptions(lines: Lines) -> None:
    class Talkative:
        def __str__(self) -> str:
            return f"Bearer {CANARY}"

    lines.log.info("plain %s", SECRET)
    lines.log.info(f"formatted {SECRET}")
    lines.log.info("mapping %(key)s", {"key": SECRET})
    lines.log.info("object %s", Talkative())
    lines.log.info("extra", extra={"url": f"https://u:{CANARY}@host/", "headers": {"x": [SECRET]}})
    lines.log.info({"said": SECRET})
    lines.log.info("value: a configured secret")
    try:
        try:
            raise ValueError(f"token={CANARY}")
        except ValueError as error:
            raise RuntimeError(f"could not reach https://u:{CANARY}@host/?signature={CANARY}") from error
    except RuntimeError:
        lines.log.exception("failed with %s", SECRET, stack_info=True)
    assert "C4nary" not in lines.text
    assert "a configured secret" not in lines.text
    assert "RuntimeError" in lines.text
    assert "ValueError" in lines.text, "the chain is kept"


@pytest.mark.stack
def test_an_error_of_the_database_shows_no_parameters(lines: Lines, engine: Engine) -> None:
    secret = "of no known form"
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT CAST(:value AS integer) FROM nowhere"), {"value": secret})
    except Exception:
        lines.log.exception("the query failed")
    assert "nowhere" in lines.text
    assert secret not in lines.text


def test_a_text_message_cannot_pretend_to_be_another_line() -> None:
    lines = Lines("text")
    lines.log.info("name: %s", "a\n2026-01-01 CRITICAL forged\r")
    assert len(lines.text.splitlines()) == 1


def test_auto_is_text_on_a_terminal_and_json_elsewhere() -> None:
    record = logging.LogRecord("n", logging.INFO, "p", 1, "said", None, None)
    ContextFilter().filter(record)
    assert "INFO n [-] said" in make_formatter("auto", terminal=True).format(record)
    assert json.loads(make_formatter("auto", terminal=False).format(record))["message"] == "said"


SCRIPT = """
import logging, sys, threading, warnings
from pathlib import Path
from app.core.logging import configure_logging
from app.core.settings import Settings
secret = Path(sys.argv[1]).read_text()
configure_logging(Settings(_env_file=None, log_format="json", secret_key="of no known form"))
logging.getLogger("uvicorn.error").warning("uvicorn: %s", secret)
logging.getLogger("celery.worker").warning("celery: %s of no known form", secret)
warnings.warn(f"warned of {secret}")
logging.getLogger("app.x").info("too few %s %s", secret)
thread = threading.Thread(target=lambda: 1 / len("") if not secret else (_ for _ in ()).throw(OSError(secret)))
thread.start(); thread.join()
raise RuntimeError(secret)
"""


def test_what_libraries_warn_of_and_nobody_catches_goes_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "secret")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "C4nary" not in done.stderr + done.stdout
    assert "of no known form" not in done.stderr
    written = [line for line in done.stderr.splitlines() if not line.startswith("a log record of app.x")]
    documents = [json.loads(line) for line in written]
    assert len(written) + 1 == len(done.stderr.splitlines()), "a record that cannot be formatted is told of"
    assert [each["logger"] for each in documents] == [
        "uvicorn.error",
        "celery.worker",
        "py.warnings",
        "lectern",
        "lectern",
    ]
    assert "OSError" in documents[3]["exception"]
    assert "RuntimeError" in documents[4]["exception"]
