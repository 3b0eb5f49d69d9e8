"""API keys for tests, and how a client shows them."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from app.core.principal import Scope
from app.services.api_keys import create_key


def new_key(
    sessions: sessionmaker[Session],
    *scopes: Scope,
    owner: str | None = None,
    expires_in: timedelta | None = None,
) -> str:
    """The text of a key that exists, ``read`` and ``write`` unless ``scopes`` say otherwise."""
    with sessions.begin() as session:
        made = create_key(session, name="test", owner=owner, scopes=scopes or ("read", "write"), expires_in=expires_in)
        return made.key


def shows(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
