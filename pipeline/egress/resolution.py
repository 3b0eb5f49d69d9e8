"""Names to addresses, once for each connection, all of them judged."""

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from app.core.addresses import Address, Network, forbidden_reason, unwrapped
from pipeline.egress.errors import EgressFailed, EgressRefused
from pipeline.egress.patience import Patience

Resolver = Callable[[str, int], Sequence[Address]]
"""The addresses of a name; raises OSError or UnicodeError where there are none."""
MOST_LOOKUPS = 32
"""At once: a lookup in the C library cannot be ended, only left behind."""
_lookups = threading.BoundedSemaphore(MOST_LOOKUPS)


def system_addresses(host: str, port: int) -> Sequence[Address]:
    """What the machine's own resolver says, without repetitions."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


def public_addresses(
    host: str, port: int, *, resolve: Resolver, allowed: tuple[Network, ...], patience: Patience
) -> list[Address]:
    """The addresses of ``host``. One forbidden among them refuses all: an answer half public is an attack.

    Raises EgressRefused, EgressFailed, EgressStopped.
    """
    addresses = [unwrapped(address) for address in _within(patience, resolve, host, port)]
    if not addresses:
        raise EgressFailed(f"The name {host} has no address.")
    if any(forbidden_reason(address, allowed) for address in addresses):
        # Which address it is stays here: the answer must not tell a stranger how the inner network is numbered.
        raise EgressRefused(f"{host} leads to an address that is not public, which the service does not call.")
    return addresses


def _within(patience: Patience, resolve: Resolver, host: str, port: int) -> Sequence[Address]:
    answers: queue.SimpleQueue[Sequence[Address] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolve(host, port))
        except Exception as error:
            answers.put(error)
        finally:
            _lookups.release()

    ends_at = patience.wait_ends_at()
    while not _lookups.acquire(timeout=patience.slice_s(ends_at)):
        pass
    threading.Thread(target=look_up, name="lectern-resolve", daemon=True).start()
    while True:
        try:
            answer = answers.get(timeout=patience.slice_s(ends_at))
        except queue.Empty:
            continue
        if isinstance(answer, (OSError, UnicodeError, ValueError)):
            raise EgressFailed(f"The name {host} cannot be found.") from None
        if isinstance(answer, Exception):
            raise answer
        return answer
