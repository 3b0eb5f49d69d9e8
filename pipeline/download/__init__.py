"""Fetches a recording from a URL into a file, and goes on where an earlier attempt stopped."""

from pipeline.download.client import Downloaded, DownloadStopped, download_file
from pipeline.download.recording import download
from pipeline.download.video_sites import download_from_site

__all__ = ["DownloadStopped", "Downloaded", "download", "download_file", "download_from_site"]
