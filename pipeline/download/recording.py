"""The recording that a URL leads to: the file itself, or what a page shows, where the operator has turned that on."""

import threading
from pathlib import Path

from app.core.errors import SourceRefused, UnsupportedMedia
from pipeline.download.client import Downloaded, Report, download_file
from pipeline.download.video_sites import download_from_site
from pipeline.egress import Egress


def download(
    egress: Egress,
    url: str,
    path: Path,
    *,
    max_bytes: int,
    report: Report,
    stop: threading.Event,
    deadline_s: float = 4 * 3600.0,
) -> Downloaded:
    """As ``download_file``. With ``settings.yt_dlp``, what is no recording is then taken for a page of a video site.

    Where that brings nothing either, the first error is the one that is raised. Raises DependencyMissing too.
    """
    try:
        return download_file(egress, url, path, max_bytes=max_bytes, report=report, stop=stop, deadline_s=deadline_s)
    except (UnsupportedMedia, SourceRefused) as first:
        if not egress.settings.yt_dlp:
            raise
        try:
            return download_from_site(
                egress, url, path, max_bytes=max_bytes, report=report, stop=stop, deadline_s=deadline_s
            )
        except (UnsupportedMedia, SourceRefused):
            raise first from None
