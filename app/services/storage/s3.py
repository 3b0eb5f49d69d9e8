"""Objects in S3 or a store that speaks its protocol. The only file that imports boto3."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.signers import CloudFrontSigner

from app.core.breaker import Breaker
from app.core.errors import ArtifactNotFound, StorageUnavailable
from app.services.storage.cloudfront import CloudFront
from app.services.storage.keys import checked_key, checked_prefix
from app.services.storage.protocol import ObjectInfo, content_disposition
from app.services.storage.s3_uploads import S3Uploads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchUpload"})
PART_BYTES = 16 * 1024 * 1024
COPY = TransferConfig(multipart_threshold=256 * 1024 * 1024, multipart_chunksize=256 * 1024 * 1024, max_concurrency=4)
"""The store copies by itself; parts keep each request short, and one request copies 5 GB at the most."""


@dataclass(frozen=True)
class S3Patience:
    """Seconds to wait for a connection, for the answer to a short question (HEAD, DELETE, a list), and for the next
    bytes of a transfer; how often a request is made; and whether, after a failure, callers are told at once."""

    connect_s: float = 2.0
    answer_s: float = 3.0
    transfer_s: float = 10.0
    attempts: int = 2
    breaker: bool = True


API = S3Patience()
"""A question is answered or given up within 8 s; a transfer that stalls within 22 s, its parts let go in 22 more."""
WORKER = S3Patience(connect_s=3.0, answer_s=10.0, transfer_s=20.0, attempts=3, breaker=False)
CHECK_S = 1.5
"""For the question whether the store is there at all: asked once."""


class _Asking:
    """One request or transfer, its failures in our words; where a ``breaker`` stands, not soon after a silence."""

    def __init__(self, breaker: Breaker | None) -> None:
        self._breaker = breaker

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if self._breaker is not None and not self._breaker.admit():
            raise StorageUnavailable("The object store did not answer a moment ago. Try again soon.")
        silent = False
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in MISSING:
                raise ArtifactNotFound("The object is not in the store.") from error
            raise StorageUnavailable(f"The object store refused the request ({code}).") from error
        except (BotoCoreError, Boto3Error) as error:
            silent = True
            raise StorageUnavailable(f"The object store does not answer ({type(error).__name__}).") from error
        finally:
            if self._breaker is not None:
                heard = self._breaker.failed if silent else self._breaker.worked
                heard()


class S3Store(S3Uploads):
    """One bucket. Transfers are multipart above 16 MiB; every request is repeated by boto3, with growing delay."""

    def __init__(
        self,
        bucket: str,
        *,
        region: str,
        endpoint_url: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        incoming: Path,
        patience: S3Patience = API,
        cloudfront: CloudFront | None = None,
    ) -> None:
        self._cloudfront = cloudfront
        self._incoming = incoming
        self._transfer = TransferConfig(
            multipart_threshold=PART_BYTES,
            multipart_chunksize=PART_BYTES,
            max_concurrency=4,
            num_download_attempts=patience.attempts,
        )

        def client(connect_s: float, read_s: float, attempts: int) -> "S3Client":
            found: S3Client = boto3.client(
                "s3",
                region_name=region,
                endpoint_url=endpoint_url,
                aws_access_key_id=access_key_id,
                aws_secret_access_key=secret_access_key,
                config=Config(
                    signature_version="s3v4",
                    connect_timeout=connect_s,
                    read_timeout=read_s,
                    retries={"total_max_attempts": attempts, "mode": "standard"},
                    s3={"addressing_style": "path" if endpoint_url else "auto"},
                ),
            )
            return found

        self._probe = client(CHECK_S, CHECK_S, 1)
        super().__init__(
            bucket,
            client(patience.connect_s, patience.transfer_s, patience.attempts),
            client(patience.connect_s, patience.answer_s, patience.attempts),
            _Asking(Breaker() if patience.breaker else None),
        )

    def incoming_dir(self) -> Path:
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"There is no room for uploads on this host: {error.strerror}.") from error
        return self._incoming

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        with self._asking():
            self._client.upload_file(
                str(path),
                self._bucket,
                checked_key(key),
                ExtraArgs={"ContentType": content_type},
                Config=self._transfer,
            )

    def info(self, key: str) -> ObjectInfo | None:
        try:
            with self._asking():
                head = self._quick.head_object(Bucket=self._bucket, Key=checked_key(key))
        except ArtifactNotFound:
            return None
        return ObjectInfo(head["ContentLength"])

    def fetch(self, key: str, path: Path) -> None:
        with self._asking():
            self._client.download_file(self._bucket, checked_key(key), str(path), Config=self._transfer)

    def copy(self, source_key: str, target_key: str) -> None:
        with self._asking():
            head = self._quick.head_object(Bucket=self._bucket, Key=checked_key(source_key))
            self._client.copy(
                {"Bucket": self._bucket, "Key": source_key},
                self._bucket,
                checked_key(target_key),
                ExtraArgs={"ContentType": head["ContentType"]},  # a copy in parts forgets it
                Config=COPY,
            )

    def read_head(self, key: str, size_bytes: int) -> bytes:
        with self._asking():
            found = self._client.get_object(
                Bucket=self._bucket, Key=checked_key(key), Range=f"bytes=0-{size_bytes - 1}"
            )
            return found["Body"].read()

    def keys(self, prefix: str) -> Iterator[str]:
        folder = checked_prefix(prefix)
        with self._asking():
            for page in self._quick.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=folder):
                yield from (found["Key"] for found in page.get("Contents", []))

    def delete(self, key: str) -> None:
        with self._asking():
            self._quick.delete_object(Bucket=self._bucket, Key=checked_key(key))

    def url(self, key: str, *, filename: str, content_type: str, expires_in_s: int, inline: bool = True) -> str:
        disposition = content_disposition(filename, inline=inline)
        if self._cloudfront is not None:
            query = {"response-content-type": content_type, "response-content-disposition": disposition}
            link = f"https://{self._cloudfront.domain}/{checked_key(key)}?{urlencode(query, quote_via=quote)}"
            ends = datetime.now(UTC) + timedelta(seconds=expires_in_s)
            signer = CloudFrontSigner(self._cloudfront.key_pair_id, self._cloudfront.sign)
            signed: str = signer.generate_presigned_url(link, date_less_than=ends)
            return signed
        with self._asking():
            return self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": checked_key(key),
                    "ResponseContentType": content_type,
                    "ResponseContentDisposition": disposition,
                },
                ExpiresIn=expires_in_s,
            )

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002 - the store is remote
        return None

    def check(self) -> None:
        with self._asking():
            self._probe.head_bucket(Bucket=self._bucket)
