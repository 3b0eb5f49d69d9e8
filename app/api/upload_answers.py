"""Direct uploads as answers: with links for what is still to be sent."""

import time
from typing import Any

from app.api.deps import Parts
from app.models import Upload
from app.models.upload import UploadStatus
from app.services.direct_uploads import is_multipart, part_sizes, promise_of
from app.services.job_view import API
from app.services.upload_storage import open_multipart

PRIVATE = {"Cache-Control": "no-store"}
"""Whoever has an answer with links can use them."""


def upload_document(parts: Parts, upload: Upload) -> dict[str, Any]:
    """An upload as its owner sees it. Asks the store; blocks. Raises UploadNotFound, StorageUnavailable."""
    pending, multipart = upload.status == UploadStatus.PENDING, is_multipart(upload)
    return {
        "id": str(upload.id),
        "status": upload.status,
        "filename": upload.filename,
        "size_bytes": upload.size_bytes,
        "content_type": upload.content_type,
        "sha256": upload.sha256 or "",
        "key": upload.object_key,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
        "method": "multipart" if multipart else "single",
        "put": _put(parts, upload) if pending and not multipart else None,
        "parts": _parts(parts, upload) if pending and multipart else [],
        "complete_url": f"{upload_path(parts, upload)}/complete",
    }


def upload_path(parts: Parts, upload: Upload) -> str:
    return f"{parts.base_url}{API}/uploads/{upload.id}"


def absolute(parts: Parts, url: str) -> str:
    """A link of the store; paths of ours behind the public URL, where one is set."""
    return f"{parts.base_url}{url}" if url.startswith("/") else url


def _put(parts: Parts, upload: Upload) -> dict[str, Any]:
    signed = parts.store.put_url(upload.object_key, promise_of(upload), expires_in_s=_expires_in_s(parts, upload))
    return {"url": absolute(parts, signed.url), "headers": signed.headers}


def _parts(parts: Parts, upload: Upload) -> list[dict[str, Any]]:
    name = open_multipart(parts.sessions, parts.store, upload)
    arrived = {part.number: part for part in parts.store.parts(upload.object_key, name)}
    expires_in_s = _expires_in_s(parts, upload)
    return [
        {
            "number": number,
            "size_bytes": size_bytes,
            "url": absolute(
                parts,
                parts.store.part_url(upload.object_key, name, number, size_bytes, expires_in_s=expires_in_s),
            ),
            "etag": arrived[number].etag if number in arrived else None,
        }
        for number, size_bytes in enumerate(part_sizes(upload.size_bytes), 1)
    ]


def _expires_in_s(parts: Parts, upload: Upload) -> int:
    """No link outlives its upload."""
    left_s = upload.expires_at.timestamp() - time.time() if upload.expires_at is not None else 0
    return max(1, min(parts.settings.url_expiry_s, int(left_s)))
