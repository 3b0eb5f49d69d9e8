"""The ``lectern`` command."""

import sys

import click
from pydantic import ValidationError

from agents.errors import AgentError
from app.core.settings import Settings
from pipeline.child import ChildFailed
from pipeline.client import ServiceError
from pipeline.commands.audit import audit
from pipeline.commands.keys import keys
from pipeline.commands.run import run
from pipeline.commands.service import api, cancel, jobs, migrate, serve, worker
from pipeline.commands.single import analyze, cut, layout, silence, transcribe
from pipeline.commands.speech import models
from pipeline.listener import CannotListen
from pipeline.processes import keep_memory_private
from pipeline.runtime import NotConfigured
from pipeline.speech_models import ModelMissing
from pipeline.stack import StackFailed

EXPECTED = (AgentError, CannotListen, ChildFailed, ModelMissing, NotConfigured, ServiceError, StackFailed)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="lectern", prog_name="lectern")
def cli() -> None:
    """Turn a recorded lecture into a transcript, topics and highlight clips."""


for command in (
    run,
    serve,
    api,
    worker,
    jobs,
    cancel,
    keys,
    audit,
    migrate,
    models,
    silence,
    transcribe,
    layout,
    analyze,
    cut,
):
    cli.add_command(command)


def main() -> None:
    """Errors are one sentence with what to do next. Exit code 1 for what failed, 2 for what was asked wrongly."""
    keep_memory_private()
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        click.echo(f"lectern: {_wrong_settings(error)}", err=True)
        sys.exit(1)
    except EXPECTED as error:
        click.echo(f"lectern: {error}", err=True)
        sys.exit(1)


def _wrong_settings(error: ValidationError) -> str:
    """Which variables, and what is wrong with each; never their values."""
    said = []
    for each in error.errors(include_input=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        variable = f"{name if name.isupper() else f'LECTERN_{name.upper()}'}: " if name else ""
        said.append(f"{variable}{each['msg'].removeprefix('Value error, ')}")
    return f"The settings cannot be used. {'; '.join(said)}."


if __name__ == "__main__":
    main()
