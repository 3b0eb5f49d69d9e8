"""Brings jobs' events to their webhooks: claimed under a lease, sent through the one way out, recorded."""

from pipeline.courier.courier import Courier

__all__ = ["Courier"]
