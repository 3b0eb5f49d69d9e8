"""What must hold for the clips of a recorded lecture with captions and gold layouts."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pysubs2


def check_lecture(http: httpx2.Client, job: dict[str, Any], video: Path) -> None:
    """At least three clips of 20 to 120 s, none that starts or ends inside a caption, layouts as in the gold file."""
    assert job["status"] == "completed", job["error"]
    clips = http.get(f"/api/v1/results/{job['id']}").json()["clips"]
    gold = json.loads(video.with_suffix(".gold.json").read_text())["layouts"]
    assert len(clips) >= 3
    cues = pysubs2.load(str(video.with_suffix(".vtt")))
    for clip in clips:
        assert 20 <= clip["end_s"] - clip["start_s"] <= 120
        for edge_s in (clip["start_s"], clip["end_s"]):
            assert not any(cue.start / 1000 < edge_s < cue.end / 1000 for cue in cues)
        right_s = sum(
            max(0.0, min(s["end_s"], g["end"]) - max(s["start_s"], g["start"]))
            for s in clip["layout"]
            for g in gold
            if s["layout"] == g["layout"]
        )
        assert right_s >= 0.9 * (clip["end_s"] - clip["start_s"]), clip["layout"]
