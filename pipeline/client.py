"""The service as its own command line sees it: upload, poll, download, over HTTP."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import httpx2

from app.services.caller_keys import HEADER

FINISHED = ("completed", "failed", "cancelled")
POLL_S = 0.5
KEY_VARIABLE = "LECTERN_API_KEY"
OPENAI_KEY_VARIABLE = "LECTERN_JOB_OPENAI_API_KEY"
"""The caller's own OpenAI key, sent with a job. Never an argument: other users of the machine see those."""
SECRET_VARIABLES = (KEY_VARIABLE, OPENAI_KEY_VARIABLE)
"""What the caller has and a service that is started for it need not."""


class ServiceError(Exception):
    """The service refused or cannot be reached; the text is what it said."""


class Client:
    """``base_url`` is where the service answers, without ``/api/v1``. The key is the one in ``LECTERN_API_KEY``.

    Files are fetched without it: their links are signed, and may lead to an object store.
    """

    def __init__(self, base_url: str) -> None:
        timeout = httpx2.Timeout(10.0, read=120.0, write=120.0)
        self._http = httpx2.Client(base_url=base_url, headers=_key_header(), timeout=timeout, trust_env=False)
        self._files = httpx2.Client(base_url=base_url, timeout=timeout, trust_env=False)

    def close(self) -> None:
        self._http.close()
        self._files.close()

    def submit(
        self, video: Path, *, captions: Path | None, options: dict[str, Any], sent: Callable[[int], None]
    ) -> dict[str, Any]:
        """Upload a file and start its job. ``sent`` is called with the bytes that have gone out."""
        with ExitStack() as stack:
            files: dict[str, tuple[str, IO[bytes]]] = {
                "file": (video.name, _Counted(stack.enter_context(video.open("rb")), sent))  # type: ignore[dict-item]
            }
            if captions is not None:
                files["captions"] = (captions.name, stack.enter_context(captions.open("rb")))
            data = {"options": json.dumps(options)}
            return self._json("POST", "/api/v1/upload", files=files, data=data, headers=_openai_header())

    def submit_url(self, url: str, *, options: dict[str, Any]) -> dict[str, Any]:
        """Start the job of a recording that the service fetches."""
        body = {"kind": "highlights", "source": {"url": url}, "options": options}
        return self._json("POST", "/api/v1/jobs", json=body, headers=_openai_header())

    def follow(self, job_id: str, meanwhile: Callable[[], None]) -> Iterator[dict[str, Any]]:
        """The job as it goes on, twice a second; the last one is finished. A short outage is sat out."""
        failures = 0
        while True:
            meanwhile()
            try:
                job = self._json("GET", f"/api/v1/jobs/{job_id}")
                failures = 0
            except ServiceError:
                failures += 1
                if failures > 20:
                    raise
                time.sleep(POLL_S)
                continue
            yield job
            if job["status"] in FINISHED:
                return
            time.sleep(POLL_S)

    def jobs(self, **query: str | int) -> list[dict[str, Any]]:
        """The newest jobs."""
        return list(self._json("GET", "/api/v1/jobs", params=query)["items"])

    def cancel(self, job_id: str) -> dict[str, Any]:
        """The job, which is cancelled or being cancelled."""
        return self._json("POST", f"/api/v1/jobs/{quote(job_id, safe='')}/cancel")

    def result(self, job_id: str) -> dict[str, Any]:
        return self._json("GET", f"/api/v1/results/{job_id}")

    def download(self, url: str, target: Path) -> None:
        """Write what ``url`` gives to ``target``, whole or not at all."""
        partial = target.with_name(f".{target.name}.part")
        try:
            with self._files.stream("GET", url, follow_redirects=True) as response:
                response.raise_for_status()
                with partial.open("wb") as out:
                    for block in response.iter_bytes(1 << 20):
                        out.write(block)
        except httpx2.HTTPError as error:
            partial.unlink(missing_ok=True)
            raise ServiceError(f"{target.name} could not be downloaded: {error}") from error
        partial.replace(target)

    def _json(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **arguments)
        except httpx2.HTTPError as error:
            raise ServiceError(f"The service at {self._http.base_url} does not answer: {error}") from error
        if response.is_error:
            raise ServiceError(_problem(response))
        answer: dict[str, Any] = response.json()
        return answer


class _Counted:
    """A file that tells how much of it was read."""

    def __init__(self, source: IO[bytes], sent: Callable[[int], None]) -> None:
        self._source = source
        self._sent = sent

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._sent(self._source.tell())
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


def _key_header() -> dict[str, str]:
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ServiceError(f"{KEY_VARIABLE} holds no API key. `lectern keys create` makes one.")
    return {"Authorization": f"Bearer {key}"} if key else {}


def _openai_header() -> dict[str, str]:
    key = os.environ.get(OPENAI_KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ServiceError(f"{OPENAI_KEY_VARIABLE} holds no API key of OpenAI.")
    return {HEADER: key} if key else {}


def _problem(response: httpx2.Response) -> str:
    if response.status_code == httpx2.codes.UNAUTHORIZED:
        given = "refuses the key in" if os.environ.get(KEY_VARIABLE) else "answers to API keys: set"
        return f"The service {given} {KEY_VARIABLE}. `lectern keys create` makes a key, on the service's machine."
    try:
        problem = response.json()
        fields = "; ".join(f"{e['field']}: {e['message']}" for e in problem.get("errors") or [])
        return f"{problem['detail']} {fields}".strip()
    except (ValueError, KeyError, TypeError):
        return f"The service answered {response.status_code} {response.reason_phrase}."
