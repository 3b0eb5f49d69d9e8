"""Clients that do not give up: each job is posted under one Idempotency-Key until the service has accepted it."""

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx2

FINISHED = ("completed", "failed", "cancelled")
GIVE_UP_S = 120.0
AGAIN = (408, 409, 425, 429, 500, 502, 503, 504)


@dataclass
class Ledger:
    """What clients were promised. ``answers`` counts status codes; ``cancels``: from and to, in Unix seconds."""

    accepted: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    cancels: list[tuple[float, float]] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    slowest_503_s: float = 0.0
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, status: int, seconds: float) -> None:
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1
            if status == 503:
                self.slowest_503_s = max(self.slowest_503_s, seconds)


class Clients:
    """``threads`` clients that share ``count`` jobs, and go on after them until ``enough`` is set.

    Every tenth job is cancelled, every twentieth deleted.
    """

    def __init__(
        self,
        url: str,
        seed: int,
        *,
        count: int,
        threads: int,
        body: Path,
        captions: Path | None,
        options: str,
        every_s: float,
    ) -> None:
        self.ledger = Ledger()
        self.enough = threading.Event()
        self._url, self._body, self._captions, self._options = url, body, captions, options
        self._every_s = every_s
        shares = [count // threads + (n < count % threads) for n in range(threads)]
        self._threads = [
            threading.Thread(target=self._work, args=(random.Random(f"{seed}/{n}"), share), daemon=True)
            for n, share in enumerate(shares)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _work(self, chance: random.Random, count: int) -> None:
        try:
            with httpx2.Client(base_url=f"{self._url}/api/v1", timeout=20, trust_env=False) as http:
                posted = 0
                while posted < count or not self.enough.is_set():
                    self._job(http, chance)
                    posted += 1
                    time.sleep(chance.uniform(0, 2 * self._every_s))
        except Exception as error:  # a thread's fault must fail the test
            self.ledger.errors.append(f"{type(error).__name__}: {error}")

    def _job(self, http: httpx2.Client, chance: random.Random) -> None:
        files = {"file": ("lecture.mp4", self._body.read_bytes())}
        if self._captions is not None:
            files["captions"] = ("lecture.vtt", self._captions.read_bytes())
        files["options"] = ("", self._options.encode())
        headers = {"Idempotency-Key": uuid4().hex}
        answer = self._insist(http, "POST", "/upload", files=files, headers=headers)
        job_id = answer.json()["id"]
        with self.ledger.lock:
            self.ledger.accepted.add(job_id)
        what = chance.random()
        if what < 0.1:
            time.sleep(chance.uniform(0, 1))
            self._cancel(http, job_id)
        elif what < 0.15:
            time.sleep(chance.uniform(0, 1))
            self._insist(http, "DELETE", f"/jobs/{job_id}", also=(404,))
            with self.ledger.lock:
                self.ledger.deleted.add(job_id)

    def _cancel(self, http: httpx2.Client, job_id: str) -> None:
        """From the beginning of the request that was accepted to the answer that shows the job cancelled."""
        answer = self._insist(http, "POST", f"/jobs/{job_id}/cancel", also=(409,))
        began = time.time() - answer.elapsed.total_seconds()
        status = answer.json().get("status")
        while status not in (*FINISHED, 409):
            time.sleep(0.02)
            status = self._insist(http, "GET", f"/jobs/{job_id}").json()["status"]
        if status == "cancelled":
            with self.ledger.lock:
                self.ledger.cancelled.add(job_id)
                self.ledger.cancels.append((began, time.time()))

    def _insist(
        self,
        http: httpx2.Client,
        method: str,
        path: str,
        *,
        also: tuple[int, ...] = (),
        files: dict[str, tuple[str, bytes]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Ask until the answer is a success or one of ``also``; what can help is to ask again."""
        give_up_s = time.monotonic() + GIVE_UP_S
        while True:
            began_s = time.monotonic()
            try:
                answer = http.request(method, path, files=files, headers=headers)
                self.ledger.count(answer.status_code, time.monotonic() - began_s)
                if answer.is_success or answer.status_code in also:
                    return answer
                if answer.status_code not in AGAIN:
                    raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            except httpx2.TransportError:
                self.ledger.count(0, time.monotonic() - began_s)
            if time.monotonic() > give_up_s:
                raise AssertionError(f"{method} {path} was not answered within {GIVE_UP_S:.0f} s")
            time.sleep(0.2)
