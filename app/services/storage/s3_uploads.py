"""Direct uploads to S3: what a link is good for is bound into its signature, and the store itself refuses the rest."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING

from app.core.errors import ArtifactNotFound
from app.services.storage.direct import Promise, SignedPut, StoredPart
from app.services.storage.keys import checked_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READ_BYTES = 1024 * 1024


class S3Uploads:
    """The part of S3Store that signs uploads. ``quick`` is for short questions, ``asking`` goes around every one."""

    def __init__(
        self, bucket: str, client: "S3Client", quick: "S3Client", asking: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._bucket, self._client, self._quick, self._asking = bucket, client, quick, asking

    def put_url(self, key: str, promise: Promise, *, expires_in_s: int) -> SignedPut:
        checksum = base64.b64encode(bytes.fromhex(promise.sha256)).decode()
        with self._asking():
            url = self._client.generate_presigned_url(
                "put_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": checked_key(key),
                    "ContentLength": promise.size_bytes,
                    "ContentType": promise.content_type,
                    "ChecksumSHA256": checksum,
                },
                ExpiresIn=expires_in_s,
            )
        return SignedPut(url, {"Content-Type": promise.content_type, "x-amz-checksum-sha256": checksum})

    def begin_multipart(self, key: str, content_type: str) -> str:
        with self._asking():
            begun = self._quick.create_multipart_upload(
                Bucket=self._bucket, Key=checked_key(key), ContentType=content_type
            )
        return begun["UploadId"]

    def part_url(self, key: str, store_upload_id: str, number: int, size_bytes: int, *, expires_in_s: int) -> str:
        with self._asking():
            return self._client.generate_presigned_url(
                "upload_part",
                Params={
                    "Bucket": self._bucket,
                    "Key": checked_key(key),
                    "UploadId": store_upload_id,
                    "PartNumber": number,
                    "ContentLength": size_bytes,
                },
                ExpiresIn=expires_in_s,
            )

    def parts(self, key: str, store_upload_id: str) -> list[StoredPart]:
        pages = self._quick.get_paginator("list_parts").paginate(
            Bucket=self._bucket, Key=checked_key(key), UploadId=store_upload_id
        )
        try:
            with self._asking():
                return [
                    StoredPart(part["PartNumber"], part["Size"], part["ETag"].strip('"'))
                    for page in pages
                    for part in page.get("Parts", [])
                ]
        except ArtifactNotFound:
            return []

    def finish_multipart(self, key: str, store_upload_id: str, parts: Sequence[StoredPart]) -> None:
        with suppress(ArtifactNotFound), self._asking():
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=checked_key(key),
                UploadId=store_upload_id,
                MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]},
            )

    def abort_multipart(self, key: str, store_upload_id: str | None) -> None:
        for each in [store_upload_id] if store_upload_id is not None else self._begun(key):
            with suppress(ArtifactNotFound), self._asking():
                self._quick.abort_multipart_upload(Bucket=self._bucket, Key=checked_key(key), UploadId=each)

    def _begun(self, key: str) -> list[str]:
        with self._asking():
            pages = self._quick.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=checked_key(key)
            )
            return [each["UploadId"] for page in pages for each in page.get("Uploads", []) if each["Key"] == key]

    def sha256_of(self, key: str) -> str:
        """S3 keeps it of objects sent in one piece; of parts it can only give a checksum of checksums."""
        with self._asking():
            head = self._quick.head_object(Bucket=self._bucket, Key=checked_key(key), ChecksumMode="ENABLED")
            kept = head.get("ChecksumSHA256", "")
            if kept and "-" not in kept and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
                return base64.b64decode(kept).hex()
            digest = hashlib.sha256()
            body = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=head["ETag"])["Body"]
            for block in body.iter_chunks(READ_BYTES):
                digest.update(block)
            return digest.hexdigest()
