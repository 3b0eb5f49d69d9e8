"""Configuration: one frozen class, read from the environment and from ``.env``.

Every field is ``LECTERN_<NAME>``; a few also answer to the name the rest of the world uses.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from app.core.addresses import HTTP_URL
from app.core.service_settings import GIB, ServiceSettings, conventional, split


class Settings(ServiceSettings):
    """Every setting with its unit and default. Nothing is required: what is not given is embedded."""

    model_config = SettingsConfigDict(
        env_prefix="LECTERN_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    worker_queues: Annotated[
        tuple[Literal["media", "transcribe", "io"], ...],
        NoDecode,
        Field(min_length=1, description="What a worker does: media, transcribe, io; separated by commas."),
    ] = ("media", "transcribe", "io")
    worker_concurrency: Annotated[
        int, Field(ge=0, le=64, description="Steps a worker runs at once; 0 means one per core.")
    ] = 0
    step_timeout_s: Annotated[float, Field(gt=0, description="Hard limit of one step, in seconds.")] = 4 * 3600.0
    stall_timeout_s: Annotated[
        float, Field(gt=0, description="A step that shows no progress for this many seconds is ended.")
    ] = 900.0
    reuse_results: Annotated[
        bool, Field(description="Take what an earlier job of the same owner found out about the same recording.")
    ] = True
    transcribers: Annotated[
        tuple[str, ...], NoDecode, Field(description="Speech backends in order of preference, separated by commas.")
    ] = ("captions", "faster-whisper", "pocketsphinx")
    transcription_chunk_s: Annotated[
        float,
        Field(
            ge=10,
            description="A recording longer than twice this many seconds is transcribed in parts, by several workers "
            "where there are some.",
        ),
    ] = 300.0
    transcription_parts: Annotated[
        int,
        Field(
            ge=0, le=256, description="Parts of one recording transcribed at once; 0 is what all workers can take on."
        ),
    ] = 0
    whisper_model: Annotated[str, Field(description="faster-whisper model, by name.")] = "small"
    whisper_model_dir: Annotated[
        Path | None, Field(description="Folder that holds a faster-whisper model, instead of a name.")
    ] = None
    whisper_cpp_model: Annotated[
        Path | None, Field(description="Model file of whisper.cpp (ggml-….bin) for the speech backend whisper-cpp.")
    ] = None
    mlx_model_dir: Annotated[
        Path | None, Field(description="Folder of an MLX Whisper model for the speech backend mlx.")
    ] = None
    embedding_model: Annotated[
        Path | None,
        Field(description="Folder of a sentence transformer (tokenizer.json, model.onnx) that topics and focus use."),
    ] = None
    gemini_api_key: Annotated[
        SecretStr | None,
        Field(
            validation_alias=conventional("LECTERN_GEMINI_API_KEY", "GEMINI_API_KEY"),
            description="Key of the Gemini API. With it, transcripts are sent to Google unless a job asks otherwise.",
        ),
    ] = None
    gemini_model: Annotated[str, Field(min_length=1, description="Model of Gemini, by name.")] = "gemini-flash-latest"
    gemini_base_url: Annotated[str | None, Field(pattern=HTTP_URL, description="A gateway to the Gemini API.")] = None
    gemini_library: Annotated[
        Literal["google-genai", "google-generativeai"],
        Field(
            description="Client library of Gemini; google-generativeai is end of life and needs the extra of its name."
        ),
    ] = "google-genai"
    openai_base_url: Annotated[
        str | None,
        Field(
            validation_alias=conventional("LECTERN_OPENAI_BASE_URL", "OPENAI_BASE_URL"),
            pattern=HTTP_URL,
            description="OpenAI-compatible server, as http://host:11434/v1. Transcripts are sent there, as for Gemini.",
        ),
    ] = None
    openai_api_key: Annotated[
        SecretStr | None,
        Field(
            validation_alias=conventional("LECTERN_OPENAI_API_KEY", "OPENAI_API_KEY"), description="Its key, if any."
        ),
    ] = None
    openai_model: Annotated[str | None, Field(min_length=1, description="Model of that server, by name.")] = None
    openai_speech_base_url: Annotated[
        str | None,
        Field(
            pattern=HTTP_URL,
            description="Server of the speech backend openai, where it is another one. Recordings' sound is sent there "
            "once transcribers name it.",
        ),
    ] = None
    openai_speech_model: Annotated[str, Field(min_length=1, description="Its model, by name.")] = "whisper-1"
    openai_speech_timeout_s: Annotated[
        float, Field(gt=0, le=3600, description="Seconds it has for the answer to up to twelve minutes of sound.")
    ] = 300
    analyzer_timeout_s: Annotated[float, Field(gt=0, le=3600, description="Seconds a model has for an answer.")] = 180
    analyzer_window_chars: Annotated[int, Field(ge=1000, le=10**6, description="Characters sent at once.")] = 24_000
    analyzer_input_price: Annotated[float | None, Field(ge=0, description="Price of 1,000,000 input tokens.")] = None
    analyzer_output_price: Annotated[float | None, Field(ge=0, description="Price of 1,000,000 output tokens.")] = None
    ffmpeg_binary: Annotated[
        Path | None,
        Field(
            validation_alias=conventional("LECTERN_FFMPEG_BINARY", "FFMPEG_BINARY"),
            description="FFmpeg program. The one in the imageio-ffmpeg wheel when empty.",
        ),
    ] = None

    sandbox: Annotated[
        Literal["auto", "bubblewrap", "landlock", "limits"],
        Field(description="What confines the processes that open media; auto takes the strongest that works."),
    ] = "auto"
    agent_memory_bytes: Annotated[
        int, Field(ge=256 * 1024**2, description="Most memory one process that opens media may have, in bytes.")
    ] = 8 * GIB
    agent_file_bytes: Annotated[
        int, Field(ge=1024**2, description="Largest file a process that opens media may write, in bytes.")
    ] = 20 * GIB

    @field_validator("worker_queues", "transcribers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return split(value)

    @property
    def object_dir(self) -> Path:
        """The local object store."""
        return self.data_dir / "objects"

    @property
    def broker_dir(self) -> Path:
        """Messages of the file broker."""
        return self.data_dir / "broker"

    @property
    def work_dir(self) -> Path:
        """Workspaces of running steps and the cache of fetched media."""
        return self.data_dir / "work"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
