"""API keys: made, found again by what a caller shows, listed, revoked. A key itself is shown once and never stored."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.errors import LecternError
from app.core.principal import SCOPES, Scope
from app.models import ApiKey

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX_CHARS = 10
SECRET_CHARS = 43
"""256 bits in base 62."""
KEY = re.compile(rf"(?P<prefix>lk_[0-9A-Za-z]{{{PREFIX_CHARS}}})_[0-9A-Za-z]{{{SECRET_CHARS}}}", re.ASCII)
USED_EVERY = timedelta(minutes=1)


class KeyNotFound(LecternError):
    code = "key_not_found"
    status = 404
    title = "No such API key"


@dataclass(frozen=True)
class NewKey:
    """``key`` is the only copy."""

    key: str
    row: ApiKey


def create_key(
    session: Session,
    *,
    name: str,
    owner: str | None = None,
    scopes: tuple[Scope, ...] = ("read", "write"),
    expires_in: timedelta | None = None,
) -> NewKey:
    """A new key. Without ``owner`` it has things of its own; keys of one owner share theirs. The caller commits."""
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(f"scopes are some of {', '.join(SCOPES)}")
    prefix = f"lk_{_random(PREFIX_CHARS)}"
    key = f"{prefix}_{_random(SECRET_CHARS)}"
    row = ApiKey(
        owner=owner or f"key-{uuid4().hex}",
        name=name,
        prefix=prefix,
        secret_hash=_hash(key),
        scopes=list(scopes),
        expires_at=None if expires_in is None else datetime.now(UTC) + expires_in,
    )
    session.add(row)
    session.flush()
    return NewKey(key, row)


def find_key(session: Session, shown: str) -> ApiKey | None:
    """The live key that ``shown`` is; None for one that is unknown, revoked or expired."""
    match = KEY.fullmatch(shown)
    row = session.scalar(select(ApiKey).where(ApiKey.prefix == match["prefix"])) if match else None
    stored = row.secret_hash if row else "0" * 64  # the same work, whether or not there is such a prefix
    right = hmac.compare_digest(_hash(shown), stored)
    return row if row is not None and right and _is_live(row) else None


def note_use(session: Session, row: ApiKey) -> None:
    """Remember that the key is used, once a minute. The caller commits."""
    before = datetime.now(UTC) - USED_EVERY
    session.execute(
        update(ApiKey)
        .where(ApiKey.id == row.id, ApiKey.last_used_at.is_(None) | (ApiKey.last_used_at < before))
        .values(last_used_at=datetime.now(UTC))
    )


def list_keys(session: Session, *, owner: str | None = None) -> list[ApiKey]:
    """All keys, oldest first, revoked and expired ones too."""
    query = select(ApiKey).order_by(ApiKey.id)
    return list(session.scalars(query if owner is None else query.where(ApiKey.owner == owner)))


def revoke_key(session: Session, prefix: str) -> ApiKey:
    """End a key by its prefix; a second time changes nothing. The caller commits. Raises KeyNotFound."""
    row = session.scalar(select(ApiKey).where(ApiKey.prefix == prefix).with_for_update())
    if row is None:
        raise KeyNotFound(f"There is no key {prefix}. `lectern keys list` shows them.")
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    session.flush()
    return row


def _is_live(row: ApiKey) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > datetime.now(UTC))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
