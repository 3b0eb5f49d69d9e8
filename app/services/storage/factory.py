"""Chooses the store by the settings."""

from pydantic import SecretStr

from app.core.security import secret_key
from app.core.settings import Settings
from app.services.storage.cloudfront import CloudFront, rsa_signer
from app.services.storage.local import LocalStore
from app.services.storage.protocol import ObjectStore
from app.services.storage.s3 import API, WORKER, S3Store


def make_store(settings: Settings, *, worker: bool = False) -> ObjectStore:
    """S3 when a bucket is set, else a folder. A worker waits longer for its store than a request can."""
    if settings.s3_bucket is None:
        return LocalStore(settings.object_dir, secret_key(settings))
    return S3Store(
        settings.s3_bucket,
        region=settings.aws_region,
        endpoint_url=settings.s3_endpoint_url,
        access_key_id=_plain(settings.aws_access_key_id),
        secret_access_key=_plain(settings.aws_secret_access_key),
        incoming=settings.work_dir / "incoming",
        patience=WORKER if worker else API,
        cloudfront=_cloudfront(settings),
    )


def _cloudfront(settings: Settings) -> CloudFront | None:
    key_file, key_pair_id = settings.cloudfront_private_key_file, settings.cloudfront_key_pair_id
    if settings.cloudfront_domain is None or key_file is None or key_pair_id is None:
        return None
    return CloudFront(settings.cloudfront_domain, key_pair_id, rsa_signer(key_file))


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
