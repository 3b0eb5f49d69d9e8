"""Acts as soon as the process is asked to end. The server waits for open requests before it tells the app."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_termination(act: Callable[[], None]) -> Iterator[None]:
    """Call ``act``, which must be quick, before whatever handles the signal. Only the main thread has signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: found for number in SIGNALS if callable(found := signal.getsignal(number))}

    def handle(number: int, frame: FrameType | None) -> None:
        act()
        before[signal.Signals(number)](number, frame)

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, found in before.items():
            signal.signal(number, found)
