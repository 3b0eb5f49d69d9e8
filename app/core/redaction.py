"""Takes secrets out of text before it is written: keys, tokens, passwords and signatures by their form, and the
configured secrets by their value, since an AWS secret or a password has no form of its own.

It is the last line of defence. The first one is that nobody puts a secret into a message.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from app.core.settings import Settings

MASK = "***"
SHORTEST = 8
"""A configured value shorter than this is no secret, and masking it would tear words apart."""

_VALUE = r"""[^\s&"'<>\\]+"""
_START = r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
"""Not inside a word; after a character that is percent-encoded is a start."""
_NAMES = (
    "x-amz-signature|x-amz-credential|x-amz-security-token|awsaccesskeyid|signature|sig|access_token|refresh_token|"
    "id_token|token|api[-_]?key|secret|secret_access_key|password|passwd|pwd"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # The part before the last underscore is the shown prefix of a key: it identifies, it does not open.
        (r"(lk_[0-9A-Za-z]{10})_[0-9A-Za-z]+", rf"\1_{MASK}"),
        (r"lk_[0-9A-Za-z]{16,}", f"lk_{MASK}"),
        (rf"{_START}sk-[0-9A-Za-z_-]{{8,}}", f"sk-{MASK}"),
        (r"AIza[0-9A-Za-z_-]{16,}", f"AIza{MASK}"),
        (r"whsec_[0-9A-Za-z+/=_-]{8,}", f"whsec_{MASK}"),
        (rf"{_START}(?:AKIA|ASIA)[0-9A-Z]{{12,}}", MASK),
        (rf"{_START}eyJ[0-9A-Za-z_-]{{8,}}\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]*", MASK),
        (rf"(?i){_START}(bearer|basic)(?:\s|%20|\+)+[0-9A-Za-z._~+/=-]{{4,}}", rf"\1 {MASK}"),
        # Greedy up to the last @ before the path: a password may hold one.
        (r"""(://)[^\s/?#"'<>]*@""", rf"\1{MASK}@"),
        # psycopg2 puts the values into the statement, and PostgreSQL quotes it and them in its errors.
        (r"\b(LINE \d+: ).*", rf"\1{MASK}"),
        (r"\b(DETAIL:  ).*", rf"\1{MASK}"),
        (r"\b(invalid input (?:syntax|value) for [\w ]+: )\".*\"", rf"\1{MASK}"),
        (rf"(?i)([?&;]key=){_VALUE}", rf"\1{MASK}"),
        (rf"""(?i)((?<![0-9a-z])(?:\w{{1,20}}[-_])?(?:{_NAMES})\\?["']?\s?[=:]\s?\\?["']?){_VALUE}""", rf"\1{MASK}"),
    )
)
_SIGNS = (
    *("lk_", "sk-", "aiza", "whsec_", "akia", "asia", "eyj", "bearer", "basic", "://", "line ", "detail:"),
    *("invalid input", "key", "sig", "token", "secret", "credential", "pass", "pwd"),
)
"""What must be in a text, in small letters, for any rule to apply: few lines have any, and this is quick to see."""


def redact(text: str, values: Iterable[str] = ()) -> str:
    """``text`` without anything that looks like a secret, and without ``values``."""
    for value in values:
        text = text.replace(value, MASK)
    if not _suspicious(text):
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _suspicious(text: str) -> bool:
    small = text.lower()
    for sign in _SIGNS:  # noqa: SIM110 - a loop is twice as quick as any(), and this is done for every line
        if sign in small:
            return True
    return False


def redact_all(thing: object, values: tuple[str, ...] = ()) -> object:
    """The same for every string inside ``thing``. What is no JSON value is turned into text first."""
    if thing is None or isinstance(thing, bool | int | float):
        return thing
    if isinstance(thing, Mapping):
        return {redact(str(key), values): redact_all(value, values) for key, value in thing.items()}
    if isinstance(thing, list | tuple | set | frozenset):
        return [redact_all(each, values) for each in thing]
    return redact(str(thing), values)


def secret_values(settings: Settings) -> tuple[str, ...]:
    """What is configured as a secret, as it is and as it stands in a URL; of a URL only the password. Longest first."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        held = getattr(settings, name)
        if isinstance(held, SecretStr):
            value = held.get_secret_value()
            secret = (urlsplit(value).password or "") if "://" in value else value
            found |= {secret, quote(secret, safe="")}
    return tuple(sorted((value for value in found if len(value) >= SHORTEST), key=len, reverse=True))
