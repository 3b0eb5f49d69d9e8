"""Whether strangers can reach the service: then every request needs an API key."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from app.core.service_settings import LOOPBACK
from app.core.settings import Settings


def keys_required(settings: Settings, server: tuple[str, int | None] | None = None) -> bool:
    """Whether a request that arrived at the address ``server`` needs a key: always, unless that is loopback."""
    if server is not None and not _may_be_loopback(server[0]):
        return True
    if settings.require_keys is not None:
        return settings.require_keys
    public = urlsplit(settings.public_url or "").hostname
    exposed = settings.allowed_hosts or settings.trusted_proxies or settings.host not in LOOPBACK
    return bool(exposed) or (public or "127.0.0.1") not in LOOPBACK


@lru_cache(maxsize=64)
def _may_be_loopback(host: str) -> bool:
    """A Unix socket and a test's name are no addresses, and are reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
