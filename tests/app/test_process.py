"""The API process stays small and a stranger to media: measured in one of its own."""

import json
import subprocess
import sys
from pathlib import Path

FORBIDDEN = (
    "cv2",
    "moviepy",
    "PIL",
    "faster_whisper",
    "ctranslate2",
    "av",
    "numpy",
    "pydub",
    "exifread",
    "pocketsphinx",
    "google.genai",
    "agents",
    "pipeline",
)
SCRIPT = """
import json, sys
from app.core.settings import Settings
from app.main import create_app
app = create_app(Settings(_env_file=None, database_url="postgresql://u@127.0.0.1:1/x", data_dir=sys.argv[1]))
app.openapi()
kib = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"modules": sorted(sys.modules), "peak_kib": kib}))
"""


def test_what_it_imports_and_weighs(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    loaded = [name for name in found["modules"] if any(name == f or name.startswith(f"{f}.") for f in FORBIDDEN)]
    assert loaded == []
    assert found["peak_kib"] < 200 * 1024
