"""Progress for people: bars on a terminal, plain lines elsewhere. All of it goes to standard error."""

import time
from types import TracebackType
from typing import Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

PLAIN_EVERY_S = 2.0
MARKS = {"completed": "done", "failed": "failed", "skipped": "skipped", "cancelled": "cancelled"}


class Display:
    """One line a step. ``show(name, label, fraction, message, status)`` as often as you like."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, tuple[str, float]] = {}
        if self._console.is_terminal:
            self._bars = Progress(
                TextColumn("{task.description:<20}"),
                BarColumn(bar_width=28),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[note]}", style="dim"),
                console=self._console,
            )

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None) -> None:
        if self._bars is not None:
            self._bars.stop()

    def show(self, name: str, label: str, fraction: float, message: str = "", status: str = "running") -> None:
        if status == "pending":
            return
        if self._bars is None:
            self._line(name, label, fraction, message, status)
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(label, total=1.0, note="")
        note = MARKS.get(status, message)
        done = 1.0 if status in ("completed", "skipped") else fraction
        self._bars.update(self._tasks[name], completed=done, note=note[:60])
        if status in MARKS:
            self._bars.stop_task(self._tasks[name])

    def job(self, job: dict[str, Any]) -> None:
        """Show every step of a polled job."""
        for step in job["steps"]:
            self.show(step["name"], step["label"], step["progress"], step["message"] or "", step["status"])

    def _line(self, name: str, label: str, fraction: float, message: str, status: str) -> None:
        now_s = time.monotonic()
        last_status, last_s = self._told.get(name, ("", 0.0))
        if status == last_status and (status in MARKS or now_s - last_s < PLAIN_EVERY_S):
            return
        self._told[name] = (status, now_s)
        click.echo(f"{label}: {MARKS.get(status, f'{fraction:4.0%} {message}')}", err=True)


def clock(seconds: float) -> str:
    """``3:07``, or ``1:03:07`` above an hour."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
