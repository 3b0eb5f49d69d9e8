"""Fetches a recording from a URL into a file, and goes on where an earlier attempt stopped."""

from pipeline.download.client import Downloaded, DownloadStopped, download

__all__ = ["DownloadStopped", "Downloaded", "download"]
