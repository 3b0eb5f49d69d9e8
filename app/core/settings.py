"""Configuration: one frozen class, read from the environment and from ``.env``.

Every field is ``LECTERN_<NAME>``; a few also answer to the name the rest of the world uses.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.addresses import HTTP_URL, networks

GIB = 1024**3
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _names(*conventional: str) -> AliasChoices:
    """The first name is Lectern's own and is what ``.env.example`` shows."""
    return AliasChoices(*conventional)


class Settings(BaseSettings):
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

    data_dir: Annotated[Path, Field(description="Folder of the embedded stack: objects, broker files, caches.")] = Path(
        "~/.local/share/lectern"
    )
    host: Annotated[str, Field(description="Address the API listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the API listens on; 0 takes a free one.")] = 8000
    public_url: Annotated[
        str | None, Field(description="Base URL clients use, when a reverse proxy stands in front.")
    ] = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least severe log kept.")] = (
        "INFO"
    )
    log_format: Annotated[
        Literal["auto", "text", "json"],
        Field(description="Form of log lines: text, json (one object a line), or auto: text on a terminal, else json."),
    ] = "auto"

    database_url: Annotated[
        SecretStr | None,
        Field(
            validation_alias=_names("LECTERN_DATABASE_URL", "DATABASE_URL"),
            description="PostgreSQL, as postgresql://user:password@host/name. Embedded when empty.",
        ),
    ] = None
    broker_url: Annotated[
        SecretStr | None,
        Field(
            validation_alias=_names("LECTERN_BROKER_URL", "REDIS_URL"),
            description="Redis (redis://host:6379/0) or RabbitMQ (amqp://…). Files in the data folder when empty.",
        ),
    ] = None

    s3_bucket: Annotated[
        str | None,
        Field(
            validation_alias=_names("LECTERN_S3_BUCKET", "S3_BUCKET"),
            description="Bucket for media. A local folder when empty.",
        ),
    ] = None
    s3_endpoint_url: Annotated[
        str | None,
        Field(
            validation_alias=_names("LECTERN_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
            description="Endpoint of an S3-compatible store other than AWS.",
        ),
    ] = None
    aws_region: Annotated[
        str,
        Field(
            validation_alias=_names("LECTERN_AWS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
            description="Region of the bucket.",
        ),
    ] = "us-east-1"
    aws_access_key_id: Annotated[
        SecretStr | None,
        Field(
            validation_alias=_names("LECTERN_AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
            description="Key of the store; empty leaves it to boto3's own search (roles, profiles).",
        ),
    ] = None
    aws_secret_access_key: Annotated[
        SecretStr | None,
        Field(
            validation_alias=_names("LECTERN_AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
            description="Secret that belongs to the key.",
        ),
    ] = None

    cloudfront_domain: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9.-]+(:\d+)?$",
            description="Domain of a CloudFront distribution before the bucket; links to media then lead there. Its "
            "cache policy must let the query strings response-content-type and response-content-disposition through.",
        ),
    ] = None
    cloudfront_key_pair_id: Annotated[
        str | None, Field(pattern="^[A-Za-z0-9]+$", description="Id of the public key the distribution trusts.")
    ] = None
    cloudfront_private_key_file: Annotated[
        Path | None, Field(description="File that holds the RSA private key that belongs to it, in PEM.")
    ] = None

    secret_key: Annotated[
        SecretStr | None,
        Field(description="Signs media URLs. Made and kept in the data folder when empty; set it where hosts share."),
    ] = None
    url_expiry_s: Annotated[int, Field(ge=60, le=604800, description="Seconds a signed media URL is good for.")] = 3600
    allowed_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Names clients may call the API by, besides loopback and the public URL's; * is any."),
    ] = ()
    cors_origins: Annotated[
        tuple[str, ...], NoDecode, Field(description="Origins a browser may call from, separated by commas.")
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas."),
    ] = ()
    require_keys: Annotated[
        bool | None,
        Field(
            description="Whether every request needs an API key. When empty: unless the API is reached on loopback and "
            "no public URL or other host name is set."
        ),
    ] = None
    key_rate_per_minute: Annotated[
        int, Field(ge=0, description="Requests a minute that one API key may make; 0 is no limit.")
    ] = 1200
    address_rate_per_minute: Annotated[
        int, Field(ge=0, description="Requests a minute from one client address; 0 is no limit.")
    ] = 2400
    max_upload_bytes: Annotated[int, Field(ge=1, description="Largest upload, in bytes.")] = 8 * GIB
    max_duration_s: Annotated[float, Field(gt=0, description="Longest recording, in seconds.")] = 6 * 3600.0
    retention_days: Annotated[int, Field(ge=1, description="Days until media and results expire.")] = 30

    upload_expiry_s: Annotated[
        int, Field(ge=300, le=604800, description="Seconds until a direct upload that was not completed is dropped.")
    ] = 86400
    egress_networks: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(
            description="Private networks (CIDR) that URL sources and webhooks may reach all the same, separated by "
            "commas."
        ),
    ] = ()
    yt_dlp: Annotated[
        bool, Field(description="Whether pages of video sites may be sources; needs the extra yt-dlp.")
    ] = False

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
            validation_alias=_names("LECTERN_GEMINI_API_KEY", "GEMINI_API_KEY"),
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
            validation_alias=_names("LECTERN_OPENAI_BASE_URL", "OPENAI_BASE_URL"),
            pattern=HTTP_URL,
            description="OpenAI-compatible server, as http://host:11434/v1. Transcripts are sent there, as for Gemini.",
        ),
    ] = None
    openai_api_key: Annotated[
        SecretStr | None,
        Field(validation_alias=_names("LECTERN_OPENAI_API_KEY", "OPENAI_API_KEY"), description="Its key, if any."),
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
            validation_alias=_names("LECTERN_FFMPEG_BINARY", "FFMPEG_BINARY"),
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

    @field_validator(
        "allowed_hosts",
        "cors_origins",
        "trusted_proxies",
        "egress_networks",
        "worker_queues",
        "transcribers",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("egress_networks", mode="after")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        networks(value)
        return value

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _keys_where_strangers_are(self) -> Self:
        if self.require_keys is False and self.host not in LOOPBACK:
            raise ValueError("LECTERN_REQUIRE_KEYS=false needs LECTERN_HOST to be a loopback address")
        return self

    @model_validator(mode="after")
    def _all_of_cloudfront(self) -> Self:
        given = (self.cloudfront_domain, self.cloudfront_key_pair_id, self.cloudfront_private_key_file)
        if any(given) and not all((*given, self.s3_bucket)):
            raise ValueError(
                "CloudFront needs LECTERN_CLOUDFRONT_DOMAIN, LECTERN_CLOUDFRONT_KEY_PAIR_ID, "
                "LECTERN_CLOUDFRONT_PRIVATE_KEY_FILE and a bucket"
            )
        return self

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
