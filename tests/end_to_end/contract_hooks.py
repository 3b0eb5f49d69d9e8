"""What schemathesis cannot make up: a recording, captions, a new Idempotency-Key for each request; and what no schema
can say: which times belong together, and where a URL may lead. All else of a request stays as it was generated."""

import random
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation

RECORDING = "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + "\x00" * 200
"""Taken for an MP4 file by its first bytes, and found out by its job. Text, since schemathesis judges bodies anew."""
URL = "https://example.org/lectures/heaps.mp4"
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:02.000\nHello.\n"
KEY = re.compile(r"[\x20-\x7e]{1,255}")
OPENAI_KEY = re.compile(r"[!-~]{1,200}")
ADDRESSES = random.Random(0)


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: object) -> None:
    """Put right what is meant to be right. Nothing is changed in place: cases share their parts."""
    headers: CaseInsensitiveDict[Any] = CaseInsensitiveDict(case.headers or {})
    # One address may guess only so many keys a minute, and `ignored_auth` guesses.
    headers["X-Forwarded-For"] = f"10.{ADDRESSES.getrandbits(8)}.{ADDRESSES.getrandbits(8)}.1"
    if KEY.fullmatch(str(headers.get("Idempotency-Key", ""))):
        headers["Idempotency-Key"] = uuid4().hex
    if OPENAI_KEY.fullmatch(str(headers.get("X-OpenAI-Api-Key", ""))):
        del headers["X-OpenAI-Api-Key"]  # it fits some options only
    case.headers = headers
    body = case.meta.components.get(ParameterLocation.BODY) if case.meta is not None else None
    if body is not None and body.mode.is_negative:
        return
    mend = MENDED.get(case.operation.label)
    if mend is not None and not isinstance(case.body, NotSet):  # some are sent without a body on purpose
        case.body = mend(case.body)


def _mended_upload(body: Any) -> Any:
    return {**body, **_captions(body)}


def _mended_form(body: Any) -> Any:
    return {**body, "file": RECORDING, **_captions(body), **_options(body)}


def _mended_submission(body: Any) -> Any:
    source = {**body["source"], "url": URL} if "url" in body["source"] else body["source"]
    webhook = {"webhook_url": URL} if body.get("webhook_url") is not None else {}
    return {**body, "source": source, **webhook, **_options(body)}


def _mended_plan(body: Any) -> Any:
    """Clips that fit the recording: what their times and ranks have to do with each other, no schema says."""
    clips = [
        {**clip, "rank": rank, "start_s": 1.0, "end_s": 3.0, "keep": None, "layout": None}
        for rank, clip in enumerate(body["clips"], 1)
    ]
    return {**body, "clips": clips}


def _captions(body: Any) -> dict[str, Any]:
    return {"captions": CAPTIONS} if body.get("captions") is not None else {}


def _options(body: Any) -> dict[str, Any]:
    """The shortest clip is not longer than the longest."""
    options = body.get("options")
    if not options or not {"min_clip_s", "max_clip_s"} & options.keys():
        return {}
    bounds = sorted((options.get("min_clip_s", 20.0), options.get("max_clip_s", 120.0)))
    return {"options": {**options, "min_clip_s": bounds[0], "max_clip_s": bounds[1]}}


MENDED: dict[str, Callable[[Any], Any]] = {
    "PUT /api/v1/media/{key}": lambda _body: RECORDING,
    "POST /api/v1/upload": _mended_form,
    "POST /api/v1/uploads": _mended_upload,
    "POST /api/v1/jobs": _mended_submission,
    "PUT /api/v1/results/{job_id}/plan": _mended_plan,
}
