"""The folder that holds objects: where they lie, and how a file gets its name there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import StorageUnavailable
from app.services.storage.keys import checked_key

PLACE_ATTEMPTS = 5


@contextmanager
def translated() -> Iterator[None]:
    """Raises StorageUnavailable where the disk fails."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"The object folder cannot be used: {error.strerror}.") from error


class LocalFolder:
    """``root`` holds the objects, ``secret`` signs links to them."""

    def __init__(self, root: Path, secret: bytes) -> None:
        self._root = root
        self._secret = secret

    def _place(self, path: Path, key: str) -> None:
        """Give a whole file its name. A ``delete`` beside it may take away the empty folder it is to lie in."""
        target = self._root / key
        for attempt in range(PLACE_ATTEMPTS):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
            except FileNotFoundError:
                if attempt == PLACE_ATTEMPTS - 1 or not path.exists():
                    raise
            else:
                return

    def local_path(self, key: str) -> Path | None:
        path = self._root / checked_key(key)
        return path if path.is_file() else None
