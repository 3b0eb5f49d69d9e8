"""Errors an agent may end with: a stable code, a sentence for a person, and whether trying again can help."""

from typing import ClassVar


class AgentError(Exception):
    """The agent could not do its work."""

    code: ClassVar[str] = "agent_failed"
    retryable: ClassVar[bool] = False


class UnsupportedMedia(AgentError):
    """The file is not audio or video that Lectern can read."""

    code = "unsupported_media"


class CorruptMedia(AgentError):
    """The file looks like media but could not be decoded."""

    code = "corrupt_media"


class NoAudio(AgentError):
    """The file has no audio stream."""

    code = "no_audio"


class NoVideo(AgentError):
    """The file has no video stream."""

    code = "no_video"


class InvalidRequest(AgentError):
    """The request names an option, a file or a range that cannot be used."""

    code = "invalid_request"


class InvalidCaptions(AgentError):
    """The caption file holds no readable SRT or WebVTT cues."""

    code = "invalid_captions"


class DependencyMissing(AgentError):
    """An optional library or program is not installed; the message says how to install it."""

    code = "dependency_missing"


class ModelUnavailable(AgentError):
    """The speech model is not on this machine and could not be fetched."""

    code = "model_unavailable"


class RenderFailed(AgentError):
    """FFmpeg could not render the clip."""

    code = "render_failed"


class UpstreamUnavailable(AgentError):
    """A remote service did not answer usefully; a later try may."""

    code = "upstream_unavailable"
    retryable = True
