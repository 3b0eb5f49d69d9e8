"""What a remote recording is called: by its server, else by its URL."""

import re
from urllib.parse import unquote

from app.services.filenames import display_name
from pipeline.egress import StreamedAnswer

_EXTENDED = re.compile(r"filename\*\s*=\s*(?:utf-8|iso-8859-1)'[^']*'([^;\s]+)", re.IGNORECASE)
_QUOTED = re.compile(r'filename\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_TOKEN = re.compile(r"filename\s*=\s*([^;\s\"]+)", re.IGNORECASE)


def remote_name(answer: StreamedAnswer) -> str:
    """The name in Content-Disposition (RFC 6266), else the last segment of the path, else ``recording``."""
    disposition = answer.headers.get("content-disposition", "")
    sent = ""
    if found := _EXTENDED.search(disposition):
        sent = unquote(found[1], "latin-1" if "iso-8859-1'" in found[0].lower() else "utf-8")
    elif found := _QUOTED.search(disposition):
        sent = re.sub(r"\\(.)", r"\1", found[1])
    elif found := _TOKEN.search(disposition):
        sent = found[1]
    return display_name(sent, default="") or display_name(unquote(answer.path), default="recording")
