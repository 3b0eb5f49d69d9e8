"""A recording on its way in: written once while it is hashed and judged, then put into the store and recorded."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from anyio.to_thread import run_sync
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.core.errors import EmptyFile, FieldProblem, FileTooLarge, InvalidRequest, StorageUnavailable
from app.core.settings import Settings
from app.models import Job, Upload
from app.services.caller_keys import HeldKey
from app.services.captions import caption_format
from app.services.filenames import display_name
from app.services.idempotency import fingerprint_of
from app.services.jobs import create_job, retention_of
from app.services.multipart import Event, MultipartEvents, PartBegin, PartData
from app.services.options import HighlightsOptions
from app.services.sniffing import HEAD_BYTES, accepted_type
from app.services.sources import checked_field, source_key
from app.services.storage.protocol import ObjectStore
from app.services.upload_options import parse_options
from app.services.webhooks import url_sealer

MAX_CAPTION_BYTES = 5 * 1024 * 1024
MAX_OPTION_BYTES = 64 * 1024
ENVELOPE_BYTES = MAX_CAPTION_BYTES + MAX_OPTION_BYTES + 64 * 1024
"""What a body may hold beside the file: the other parts and the headers of all."""
BLOCK_BYTES = 1024 * 1024
PARTS = ("file", "captions", "options", "webhook_url")


def refuse_too_large(content_length: int | None, max_upload_bytes: int) -> None:
    """Raises FileTooLarge where the announced length alone tells."""
    if content_length is not None and content_length > max_upload_bytes + ENVELOPE_BYTES:
        raise _too_large(max_upload_bytes)


def _too_large(limit_bytes: int, what: str = "file") -> FileTooLarge:
    return FileTooLarge(f"The {what} is larger than the {limit_bytes:,} bytes that this server takes.")


class IncomingFile:
    """The file part on disk. Only ``write`` touches the disk: call it from a thread."""

    def __init__(self, folder: Path, sent_name: str, max_bytes: int) -> None:
        self.name = display_name(sent_name)
        self.path = folder / f"upload-{secrets.token_hex(12)}"
        self.size_bytes = 0
        self.content_type = ""
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self._head = b""
        self._pending = bytearray()

    def take(self, data: bytes) -> bool:
        """Keep ``data`` until the next ``write``; True when that is due. Raises FileTooLarge, UnsupportedMedia."""
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._pending += data
        if not self.content_type and len(self._pending) >= HEAD_BYTES:
            self.content_type = accepted_type(bytes(self._pending[:HEAD_BYTES]), self.name)
        return len(self._pending) >= BLOCK_BYTES

    def write(self) -> None:
        """Append what is kept. Raises StorageUnavailable where the disk is full."""
        block, self._pending = self._pending, bytearray()
        self._digest.update(block)
        try:
            with self.path.open("ab") as out:
                out.write(block)
        except OSError as error:
            raise StorageUnavailable(f"The upload could not be written: {error.strerror}.") from error

    def end(self) -> None:
        """Judge a file shorter than a head. Raises EmptyFile, UnsupportedMedia."""
        if self.size_bytes == 0:
            raise EmptyFile(f"{self.name} is empty.")
        if not self.content_type:
            self.content_type = accepted_type(bytes(self._pending[:HEAD_BYTES]), self.name)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Remove what is on disk; no error where it has been moved into the store."""
        self.path.unlink(missing_ok=True)


@dataclass
class ReceivedBody:
    """The parts of the body. ``discard`` it in any case."""

    folder: Path
    settings: Settings
    file: IncomingFile | None = None
    captions: bytes | None = None
    options: HighlightsOptions | None = None
    webhook_url: str | None = None

    @property
    def fingerprint(self) -> str:
        """Tells a repeated request from another one: of all parts but the file's name."""
        assert self.file is not None
        options = (self.options or HighlightsOptions()).model_dump_json()
        told = () if self.webhook_url is None else (self.webhook_url.encode(),)
        return fingerprint_of((self.file.sha256.encode(), self.captions, options.encode(), *told))

    def discard(self) -> None:
        if self.file is not None:
            self.file.discard()


class BodyReader:
    """Puts the events of one body into a ReceivedBody, checking each part as it ends."""

    def __init__(self, body: ReceivedBody) -> None:
        self._body = body
        self._part: PartBegin | None = None
        self._text = bytearray()
        self._seen: set[str] = set()

    async def read(self, events: MultipartEvents, blocks: AsyncIterator[bytes]) -> None:
        """Read to the end. Raises MalformedBody, InvalidRequest, and what the file part raises."""
        async for block in blocks:
            for event in events.feed(block):
                if self._on(event):
                    await run_sync(self._file.write)
        events.finish()
        if self._body.file is None:
            raise InvalidRequest(
                "The body has no part named file.", errors=(FieldProblem("body.file", "is missing: the recording"),)
            )
        await run_sync(self._file.write)

    @property
    def _file(self) -> IncomingFile:
        assert self._body.file is not None
        return self._body.file

    def _on(self, event: Event) -> bool:
        match event:
            case PartBegin():
                self._begin(event)
            case PartData(data) if self._part is not None:
                if self._part.name == "file":
                    return self._file.take(data)
                limit = MAX_CAPTION_BYTES if self._part.name == "captions" else MAX_OPTION_BYTES
                self._text += data
                if len(self._text) > limit:
                    raise _too_large(limit, f"part {self._part.name}")
            case _:
                self._end()
        return False

    def _begin(self, part: PartBegin) -> None:
        if part.name not in PARTS:
            raise InvalidRequest(
                "The body has a part that is not known here.",
                errors=(FieldProblem(f"body.{display_name(part.name)}", f"is none of {', '.join(PARTS)}"),),
            )
        if part.name in self._seen:
            raise InvalidRequest(
                "The body has two parts of one name. Send one recording at a time.",
                errors=(FieldProblem(f"body.{part.name}", "is sent twice"),),
            )
        self._seen.add(part.name)
        self._part = part
        self._text.clear()
        if part.name == "file":
            self._body.file = IncomingFile(self._body.folder, part.filename or "", self._body.settings.max_upload_bytes)

    def _end(self) -> None:
        name = self._part.name if self._part else ""
        if name == "file":
            self._file.end()
        elif name == "captions" and self._text.strip():  # a form without a chosen file sends an empty part
            caption_format(bytes(self._text))
            self._body.captions = bytes(self._text)
        elif name == "options":
            self._body.options = parse_options(bytes(self._text))
        elif name == "webhook_url":
            url = self._text.decode("utf-8", "surrogateescape")  # what is not UTF-8 is refused as a URL
            self._body.webhook_url = checked_field(url, "body.webhook_url", self._body.settings)
        self._part = None


@dataclass(frozen=True)
class StoredUpload:
    """Where the parts lie in the store, before any row says so."""

    upload_id: UUID
    object_key: str
    captions_key: str | None

    def remove(self, store: ObjectStore) -> None:
        """Undo ``store_upload``. Raises StorageUnavailable."""
        store.delete(self.object_key)
        if self.captions_key is not None:
            store.delete(self.captions_key)


def place_of(body: ReceivedBody) -> StoredUpload:
    """Generated keys for the parts of ``body``."""
    assert body.file is not None
    upload_id = uuid7()
    captions = None if body.captions is None else f"uploads/{upload_id.hex}/captions.{caption_format(body.captions)[0]}"
    return StoredUpload(upload_id, source_key(upload_id, body.file.name), captions)


def store_upload(store: ObjectStore, body: ReceivedBody, place: StoredUpload) -> None:
    """Move the parts into the store. Blocks. Raises StorageUnavailable: then some may be there, or come yet."""
    assert body.file is not None
    store.put_file(place.object_key, body.file.path, body.file.content_type)
    if body.captions is None or place.captions_key is None:
        return
    path = body.folder / f"captions-{secrets.token_hex(12)}"
    try:
        path.write_bytes(body.captions)
        store.put_file(place.captions_key, path, caption_format(body.captions)[1])
    except OSError as error:
        raise StorageUnavailable(f"The captions could not be written: {error.strerror}.") from error
    finally:
        path.unlink(missing_ok=True)


def record_upload(
    session: Session,
    body: ReceivedBody,
    stored: StoredUpload,
    *,
    owner: str,
    secret: bytes,
    caller_key: HeldKey | None = None,
) -> Job:
    """Write the upload and its highlights job. The caller commits, then rings the broker."""
    assert body.file is not None
    options = body.options or HighlightsOptions()
    upload = Upload(
        id=stored.upload_id,
        owner=owner,
        filename=body.file.name,
        content_type=body.file.content_type,
        size_bytes=body.file.size_bytes,
        sha256=body.file.sha256,
        object_key=stored.object_key,
        captions_key=stored.captions_key,
    )
    session.add(upload)
    session.flush()
    return create_job(
        session,
        kind="highlights",
        upload=upload,
        options=options.model_dump(mode="json"),
        owner=owner,
        retention=retention_of(options, body.settings.retention_days),
        webhook_url=url_sealer(secret).seal(body.webhook_url) if body.webhook_url is not None else None,
        caller_key=caller_key,
    )
