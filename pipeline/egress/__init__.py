"""The one way out for URLs that callers name: checked, resolved once, pinned to the address that was judged."""

from pipeline.egress.client import Answer, Egress, StreamedAnswer
from pipeline.egress.errors import EgressFailed, EgressRefused, EgressStopped, EgressTimedOut

__all__ = ["Answer", "Egress", "EgressFailed", "EgressRefused", "EgressStopped", "EgressTimedOut", "StreamedAnswer"]
