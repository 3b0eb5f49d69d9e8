"""A MoviePy script as somebody would write it for one clip: ``python -m bench.moviepy_script SPEC.json``.

The spec has ``media``, ``out``, ``size``, the ranges to ``keep`` and the ``full`` and ``split`` parts of them, as
``bench.moviepy`` writes it. Full frames, then slides beside the camera; no captions, no loudness, no thumbnail.
"""

import json
import sys
from pathlib import Path

from moviepy import CompositeVideoClip, VideoFileClip, concatenate_videoclips


def main(path: str) -> None:
    spec = json.loads(Path(path).read_text("utf-8"))
    recording = VideoFileClip(spec["media"])
    clips = []
    for start_s, end_s, split in spec["keep"]:
        part = recording.subclipped(start_s, end_s)
        if split:
            shown = []
            for (x, y, width, height), target in split:
                cropped = part.cropped(x1=x, y1=y, width=width, height=height)
                shown.append(cropped.resized(tuple(target[2:])).with_position(tuple(target[:2])))
            part = CompositeVideoClip(shown, size=tuple(spec["size"])).with_duration(part.duration)
            part = part.with_audio(recording.audio.subclipped(start_s, end_s))
        clips.append(part)
    concatenate_videoclips(clips).write_videofile(
        spec["out"], codec="libx264", audio_codec="aac", preset="veryfast", ffmpeg_params=["-crf", "21"], threads=2,
        logger=None,
    )  # fmt: skip
    recording.close()


if __name__ == "__main__":
    main(sys.argv[1])
