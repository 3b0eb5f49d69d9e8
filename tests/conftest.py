"""Fixtures for every test. Inputs that live outside the project are optional, and their absence is counted."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", ROOT.parent / "shared" / "data"))
SHARED_REASON = "needs the shared data folder (LECTERN_SHARED_DATA, default ../shared/data)"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings beside the checkout; tests that need it are left out without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(SHARED_REASON)
    return SHARED_DATA


@pytest.fixture(scope="session")
def lectures(shared_data: Path) -> Path:
    """Lecture videos with captions and gold layouts."""
    return shared_data / "lectures"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [r for r in terminalreporter.stats.get("skipped", []) if SHARED_REASON in str(r.longrepr)]
    if left_out:
        terminalreporter.write_line(f"{len(left_out)} tests left out: {SHARED_REASON}")
