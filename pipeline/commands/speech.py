"""``lectern models``: speech models ahead of time."""

import click

from app.core.settings import get_settings
from pipeline.speech_models import fetch_model
from pipeline.terminal import Display


@click.group()
def models() -> None:
    """Speech models on this machine."""


@models.command()
@click.argument("name", default="")
def pull(name: str) -> None:
    """Fetch the faster-whisper model NAME (default: the configured one) from the Hugging Face hub."""
    settings = get_settings()
    wanted = name or settings.whisper_model
    with Display() as display:
        folder = fetch_model(
            settings.data_dir / "models",
            wanted,
            lambda fraction, message: display.show("model", "Fetching", fraction, message),
        )
        display.show("model", "Fetching", 1.0, status="completed")
    click.echo(f"{wanted} is in {folder}")
