"""CloudFront before the bucket: whose key signs links, and for which distribution."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@dataclass(frozen=True)
class CloudFront:
    """``domain`` is the distribution's, without a scheme; ``key_pair_id`` names the public key that it trusts."""

    domain: str
    key_pair_id: str
    sign: Callable[[bytes], bytes]


def rsa_signer(path: Path) -> Callable[[bytes], bytes]:
    """Signs as CloudFront asks for: RSA with SHA-1. Raises RuntimeError unless ``path`` is an RSA key in PEM."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise RuntimeError("LECTERN_CLOUDFRONT_PRIVATE_KEY_FILE is not a readable RSA private key in PEM.")
    return lambda message: key.sign(message, PKCS1v15(), SHA1())  # noqa: S303 - no other is understood there
