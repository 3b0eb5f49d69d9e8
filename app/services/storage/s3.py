"""Objects in S3 or a store that speaks its protocol. The only file that imports boto3."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.core.errors import ArtifactNotFound, StorageUnavailable
from app.services.storage.protocol import ObjectInfo, checked_key, content_disposition

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
PART_BYTES = 16 * 1024 * 1024
COPY = TransferConfig(multipart_threshold=256 * 1024 * 1024, multipart_chunksize=256 * 1024 * 1024, max_concurrency=4)
"""The store copies by itself; parts keep each request short, and one request copies 5 GB at the most."""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in MISSING:
            raise ArtifactNotFound("The object is not in the store.") from error
        raise StorageUnavailable(f"The object store refused the request ({code}).") from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise StorageUnavailable(f"The object store does not answer ({type(error).__name__}).") from error


class S3Store:
    """One bucket. Transfers are multipart above 16 MiB and retried three times by boto3."""

    def __init__(
        self,
        bucket: str,
        *,
        region: str,
        endpoint_url: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        incoming: Path,
    ) -> None:
        self._bucket = bucket
        self._incoming = incoming
        self._transfer = TransferConfig(
            multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4
        )
        self._client: S3Client = boto3.client(
            "s3",
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(
                signature_version="s3v4",
                connect_timeout=3,
                read_timeout=20,
                retries={"total_max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path" if endpoint_url else "auto"},
            ),
        )

    def incoming_dir(self) -> Path:
        self._incoming.mkdir(parents=True, exist_ok=True)
        return self._incoming

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        with _translated():
            self._client.upload_file(
                str(path),
                self._bucket,
                checked_key(key),
                ExtraArgs={"ContentType": content_type},
                Config=self._transfer,
            )

    def info(self, key: str) -> ObjectInfo | None:
        try:
            with _translated():
                head = self._client.head_object(Bucket=self._bucket, Key=checked_key(key))
        except ArtifactNotFound:
            return None
        return ObjectInfo(head["ContentLength"])

    def fetch(self, key: str, path: Path) -> None:
        with _translated():
            self._client.download_file(self._bucket, checked_key(key), str(path), Config=self._transfer)

    def copy(self, source_key: str, target_key: str) -> None:
        with _translated():
            head = self._client.head_object(Bucket=self._bucket, Key=checked_key(source_key))
            self._client.copy(
                {"Bucket": self._bucket, "Key": source_key},
                self._bucket,
                checked_key(target_key),
                ExtraArgs={"ContentType": head["ContentType"]},  # a copy in parts forgets it
                Config=COPY,
            )

    def read_head(self, key: str, size_bytes: int) -> bytes:
        with _translated():
            found = self._client.get_object(
                Bucket=self._bucket, Key=checked_key(key), Range=f"bytes=0-{size_bytes - 1}"
            )
            return found["Body"].read()

    def keys(self, prefix: str) -> Iterator[str]:
        folder = f"{checked_key(prefix.rstrip('/'))}/"
        with _translated():
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=folder):
                yield from (found["Key"] for found in page.get("Contents", []))

    def delete(self, key: str) -> None:
        with _translated():
            self._client.delete_object(Bucket=self._bucket, Key=checked_key(key))

    def url(self, key: str, *, filename: str, content_type: str, expires_in_s: int, inline: bool = True) -> str:
        with _translated():
            return self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": checked_key(key),
                    "ResponseContentType": content_type,
                    "ResponseContentDisposition": content_disposition(filename, inline=inline),
                },
                ExpiresIn=expires_in_s,
            )

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002 - the store is remote
        return None

    def check(self) -> None:
        with _translated():
            self._client.head_bucket(Bucket=self._bucket)
