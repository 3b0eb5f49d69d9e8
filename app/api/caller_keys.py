"""The header in which a caller gives an OpenAI key of its own for one job, and what becomes of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from app.api.deps import Parts
from app.core.errors import FieldProblem, InvalidRequest, StorageUnavailable
from app.core.settings import Settings
from app.services.caller_keys import HEADER, TRANSCRIBER, HeldKey, seal_key
from app.services.options import Options, SpeechOptions

MAX_CHARACTERS = 200
_KEY = re.compile(rf"[!-~]{{1,{MAX_CHARACTERS}}}")
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Your own OpenAI key for this job's transcriber `openai`, instead of the server's. It is kept "
    "sealed until the step has ended, and is in no answer. An `Idempotency-Key` does not look at it.",
    "schema": {"type": "string", "format": "password", "pattern": f"^{_KEY.pattern}$"},
}
"""For the ``parameters`` of a route in the OpenAPI document."""


async def get_caller_key(request: Request) -> SecretStr | None:
    """The key, if there is one. Raises InvalidRequest, without a word of what was sent."""
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1:
        raise _problem("is sent twice")
    if not _KEY.fullmatch(given[0]):
        raise _problem(f"has to be 1 to {MAX_CHARACTERS} characters of ASCII, without spaces")
    return SecretStr(given[0])


CallerKeyDep = Annotated[SecretStr | None, Depends(get_caller_key)]


def require_use(key: SecretStr | None, options: Options, settings: Settings) -> None:
    """Raises InvalidRequest for a key that a job with these options would never use."""
    if key is None:
        return
    asked = (options.transcribers or settings.transcribers) if isinstance(options, SpeechOptions) else ()
    if TRANSCRIBER not in asked:
        raise _problem(f"is of no use here: the job's transcribers do not name {TRANSCRIBER}")


@contextmanager
def held_key(parts: Parts, key: SecretStr | None, *, job_id: UUID | None = None) -> Iterator[HeldKey | None]:
    """The key in the store before the block begins, which commits what speaks of it; without the commit it is removed.

    Where nobody knows whether the commit went through, the workers' sweeper finds out. Raises StorageUnavailable.
    """
    if key is None:
        yield None
        return
    held = seal_key(parts.store, parts.secret, key, job_id=job_id)
    try:
        yield held
    except DBAPIError:
        raise
    except BaseException:
        with suppress(StorageUnavailable):
            parts.store.delete(held.object_key)
        raise


def _problem(message: str) -> InvalidRequest:
    return InvalidRequest("The API key cannot be used.", errors=(FieldProblem(f"header.{HEADER}", message),))
