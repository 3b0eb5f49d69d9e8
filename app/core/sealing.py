"""Secrets of callers at rest: sealed under a key that is in neither database nor broker, opened where they are used."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import LecternError


class SealBroken(LecternError):
    code = "seal_broken"
    status = 500
    title = "A stored secret cannot be opened"


class Sealer:
    """Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the server's ``secret`` for one ``purpose``."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"lectern/{purpose}".encode()).derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, text: str) -> str:
        """Different each time, ASCII, about a third longer than ``text``."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Raises SealBroken where it was sealed for something else or under another secret."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except (InvalidToken, UnicodeError) as error:
            raise SealBroken("It was sealed under another LECTERN_SECRET_KEY. Submit the job again.") from error
