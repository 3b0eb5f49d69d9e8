"""A child's entry point: ``python -m agents NAME REQUEST.json``.

Writes ``{"progress": 0.4, "message": "…"}`` lines to standard output while it works, then ``result.json`` beside
the request: ``{"result": …}`` or ``{"error": {"code", "message", "retryable"}}``. Exit code 0 or 1.
Ends itself, with all it started, when its standard input closes: its supervisor is gone. Before it reads anything it
gives up what ``agents.confinement`` is told to take from it; where that fails it ends.
"""

import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents import confinement
from agents.codec import from_file, to_data
from agents.errors import AgentError
from agents.registry import AGENTS

PROGRESS_INTERVAL_S = 0.2


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in AGENTS:
        print(f"usage: python -m agents {{{','.join(AGENTS)}}} REQUEST.json", file=sys.stderr)
        return 2
    name, request_path = arguments[0], Path(arguments[1])
    confinement.enter_from_environment()
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    answer = _answer(name, request_path)
    partial = request_path.with_name("result.json.part")
    partial.write_text(json.dumps(answer), "utf-8")
    partial.replace(request_path.with_name("result.json"))
    return 0 if "result" in answer else 1


def _answer(name: str, request_path: Path) -> dict[str, Any]:
    try:
        spec = AGENTS[name]
        request: object = from_file(spec.request, request_path)
        run: Callable[[Any, Any], object] = getattr(importlib.import_module(spec.module), spec.function)
        return {"result": to_data(run(request, Progress()))}
    except AgentError as error:
        return {"error": {"code": error.code, "message": str(error), "retryable": error.retryable}}
    except MemoryError:
        return {"error": {"code": "out_of_memory", "message": "The step ran out of memory.", "retryable": False}}


class Progress:
    """Prints at most five lines a second; the first and the last always."""

    def __init__(self) -> None:
        self._last_s = 0.0

    def __call__(self, fraction: float, message: str) -> None:
        now_s = time.monotonic()
        if fraction < 1.0 and now_s - self._last_s < PROGRESS_INTERVAL_S:
            return
        self._last_s = now_s
        print(json.dumps({"progress": round(min(max(fraction, 0.0), 1.0), 4), "message": message}), flush=True)


def _end_with_supervisor() -> None:
    while os.read(0, 1024):
        pass
    if os.getpgrp() == os.getpid():  # started in a group of its own: take FFmpeg along (a namespace does so by itself)
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
