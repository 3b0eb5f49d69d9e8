"""Links that lead to a CloudFront distribution: verified as CloudFront verifies them, by the public key."""

import base64
import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from app.core.settings import Settings
from app.services.storage.factory import make_store
from tests.app.conftest import make_settings

KEY = "uploads/0197/source.mp4"


@pytest.fixture(scope="module")
def private_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def settings(private_key: RSAPrivateKey, tmp_path: Path) -> Settings:
    path = tmp_path / "key.pem"
    path.write_bytes(private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return make_settings(
        data_dir=tmp_path,
        s3_bucket="lectern",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        cloudfront_domain="d111111abcdef8.cloudfront.net",
        cloudfront_key_pair_id="K2JCJMDEHXQW5F",
        cloudfront_private_key_file=path,
    )


def verify(url: str, private_key: RSAPrivateKey) -> dict[str, str]:
    """The canned policy that CloudFront makes of a link, held against its signature."""
    resource, _, own = url.partition("&Expires=")
    query = {name: values[0] for name, values in parse_qs(f"Expires={own}").items()}
    condition = {"DateLessThan": {"AWS:EpochTime": int(query["Expires"])}}
    policy = json.dumps({"Statement": [{"Resource": resource, "Condition": condition}]}, separators=(",", ":"))
    signature = base64.b64decode(query["Signature"].translate(str.maketrans("-_~", "+=/")))
    private_key.public_key().verify(signature, policy.encode(), PKCS1v15(), SHA1())
    return query


def test_a_link(settings: Settings, private_key: RSAPrivateKey) -> None:
    url = make_store(settings).url(KEY, filename="Lösung 1.mp4", content_type="video/mp4", expires_in_s=600)
    query = verify(url, private_key)
    assert query["Key-Pair-Id"] == "K2JCJMDEHXQW5F"
    assert 590 < int(query["Expires"]) - time.time() <= 600
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "d111111abcdef8.cloudfront.net", f"/{KEY}")
    shown = parse_qs(parts.query)
    assert shown["response-content-type"] == ["video/mp4"]
    assert "filename*=UTF-8''L%C3%B6sung%201.mp4" in shown["response-content-disposition"][0]


@pytest.mark.parametrize(
    ("old", "new"), [("source", "sourcf"), ("video%2Fmp4", "text%2Fhtml"), ("Expires=1", "Expires=2")]
)
def test_a_link_that_was_changed(settings: Settings, private_key: RSAPrivateKey, old: str, new: str) -> None:
    url = make_store(settings).url(KEY, filename="a.mp4", content_type="video/mp4", expires_in_s=600)
    assert old in url
    with pytest.raises(InvalidSignature):
        verify(url.replace(old, new), private_key)


def test_a_key_that_cannot_be_used(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no key")
    for name in ("no.pem", "missing.pem"):
        with pytest.raises(RuntimeError, match="not a readable RSA private key"):
            make_store(settings.model_copy(update={"cloudfront_private_key_file": tmp_path / name}))


def test_all_or_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="CloudFront needs"):
        make_settings(data_dir=tmp_path, s3_bucket="b", cloudfront_domain="d.cloudfront.net")
    with pytest.raises(ValidationError, match="CloudFront needs"):
        make_settings(
            data_dir=tmp_path,
            cloudfront_domain="d.cloudfront.net",
            cloudfront_key_pair_id="K",
            cloudfront_private_key_file=tmp_path / "k",
        )
