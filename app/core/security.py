"""Signatures of media links: HMAC-SHA256 over the object key and the time the link ends."""

import hashlib
import hmac
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from app.core.errors import LinkExpired
from app.core.settings import Settings

SECRET_BYTES = 32
LONGEST_TIME = 15
"""Digits of a Unix time that could be ours."""


def secret_key(settings: Settings) -> bytes:
    """The configured secret, else one made once and kept in the data folder, readable by its owner only."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    return kept_secret(settings.data_dir / "secret_key").encode()


def kept_secret(path: Path) -> str:
    """Read a random secret from ``path``, writing it first if there is none. Safe against a race of two starters.

    Nothing is written where it is there: a service must start on a disk that is full.
    """
    with suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_hex(SECRET_BYTES))
    with suppress(FileExistsError):
        os.link(partial, path)
    partial.unlink()
    return path.read_text().strip()


def sign(secret: bytes, key: str, expires_at: int) -> str:
    """Hex signature of ``key`` until ``expires_at`` (Unix seconds)."""
    return hmac.new(secret, f"{expires_at}\n{key}".encode(), hashlib.sha256).hexdigest()


def verify(secret: bytes, key: str, expires_at: int, signature: str) -> None:
    """Raises LinkExpired where the signature is not ours or its time is over."""
    if not hmac.compare_digest(sign(secret, key, expires_at).encode(), signature.encode()):
        raise LinkExpired("The signature of this link is not valid. Ask for the result again to get a fresh link.")
    if expires_at < time.time():
        raise LinkExpired("This link has expired. Ask for the result again to get a fresh one.")


def verify_link(secret: bytes, key: str, expires: str, signature: str) -> None:
    """Judge the query of a link as it was sent. Raises LinkExpired."""
    if not (expires.isascii() and expires.isdigit() and len(expires) < LONGEST_TIME and signature.isascii()):
        raise LinkExpired("This is not a link that this server gave. Ask for the result again to get a fresh one.")
    verify(secret, key, int(expires), signature)
