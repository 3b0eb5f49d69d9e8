"""The OpenAPI document as a file: ``python -m tests.app.api.openapi_snapshot`` writes it anew."""

import json
import tempfile
from pathlib import Path

from app.main import create_app
from tests.app.conftest import make_settings

SNAPSHOT = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def current() -> str:
    """The document of the application as it is, without a database."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            make_settings(database_url="postgresql://u@127.0.0.1:1/x", data_dir=folder, broker_url="memory://")
        )
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(current())
