"""Who asks: whose things a request may see and change, and by what it says so."""

from dataclasses import dataclass
from typing import Literal, get_args

Scope = Literal["read", "write", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
LOCAL_OWNER = "local"


@dataclass(frozen=True)
class Principal:
    """``actor`` is a key's shown prefix, or ``local`` for somebody on this machine; ``address`` is the client's."""

    owner: str
    actor: str
    scopes: frozenset[str]
    address: str | None = None


def local_principal(address: str | None = None) -> Principal:
    """Somebody on loopback where no keys are asked for: may do everything to what has no other owner."""
    return Principal(LOCAL_OWNER, "local", frozenset(SCOPES), address)
