"""The backend ``openai``: a recording's parcels, or those of a part, one by one, and a transcript of what came back."""

import hashlib
import json
import os
import stat
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from pydantic import SecretStr

from agents.transcript_agent.backend import NO_SPEECH
from agents.transcript_agent.guards import believable
from agents.transcript_agent.hints import joined_hints
from agents.transcript_agent.language import UNKNOWN, short_code
from agents.transcript_agent.seams import append_words
from agents.transcript_agent.sentences import punctuated
from agents.types import Parcel, Parcels, Report, TimeRange, Transcript, Word
from app.core.settings import Settings
from app.services.caller_keys import HEADER, ApiKeyNeeded
from pipeline.analyzers.answer_cache import AnswerCache
from pipeline.analyzers.asking import FIRST_WAIT_S, LONGEST_WAIT_S, Asker
from pipeline.analyzers.choice import OPENAI_URL
from pipeline.analyzers.model import KeyRefused, LanguageModel, ModelBusy, ModelRefused
from pipeline.analyzers.usage import Usage
from pipeline.child import ChildFailed, ChildStopped
from pipeline.remote_speech.answer import read_lines
from pipeline.remote_speech.prompt import BACKEND, parcel_prompt

LARGEST_PARCEL_BYTES = 25 * 1024 * 1024 - 64 * 1024
HINT_CHARS = 600


def check_set_up(settings: Settings, key: SecretStr | None = None) -> None:
    """Raises ChildFailed where the operator has named neither a key nor a server, and the caller gave no ``key``."""
    if key is not None:
        return
    if settings.openai_api_key is None and (settings.openai_speech_base_url or settings.openai_base_url) is None:
        raise ChildFailed(
            "upstream_unavailable",
            "It is not set up on this server: set OPENAI_API_KEY or LECTERN_OPENAI_SPEECH_BASE_URL.",
        )


@dataclass(frozen=True)
class RemoteSpeech:
    """What asking needs besides the sound. ``limit_s`` is what all of it may take.

    ``key`` is the caller's own; then the operator's is not used, so that nobody pays for what somebody else asked.
    """

    settings: Settings
    cache: AnswerCache
    stop: threading.Event
    report: Report
    limit_s: float
    first_wait_s: float = FIRST_WAIT_S
    key: SecretStr | None = None

    def transcribe(self, packed: Parcels, folder: Path, language: str, hints: Sequence[str]) -> Transcript:
        """Ask for each parcel in ``folder``. ``language`` is a code, or auto: then that in which most words were heard.

        Raises ChildFailed where one gets no answer, ApiKeyNeeded where the caller's key is refused, and ChildStopped.
        """
        check_set_up(self.settings, self.key)
        sounds: dict[str, bytes] = {}
        model = self._model(sounds)
        asker = Asker(
            model=model,
            cache=self.cache,
            usage=Usage(model.model),
            stop=self.stop,
            timeout_s=self.settings.openai_speech_timeout_s,
            deadline_s=monotonic() + self.limit_s,
            first_wait_s=self.first_wait_s,
        )
        hearing = _Hearing(short_code(language), joined_hints(hints, HINT_CHARS))
        try:
            for number, parcel in enumerate(packed.parcels):
                done = number / len(packed.parcels)
                message = f"Asking {BACKEND} ({number + 1} of {len(packed.parcels)})"
                self.report(done, message)
                asker.tell = partial(self.report, done)
                sound = read_parcel(folder, parcel.name)
                digest = hashlib.sha256(sound).hexdigest()
                sounds[digest] = sound
                hearing.hear(parcel, asker.ask(parcel_prompt(digest, hearing.given, hearing.hints)).text)
                del sounds[digest]
        except ModelBusy as error:
            raise ChildFailed("upstream_unavailable", f"It {error}.", retryable=self._waited_out(error)) from None
        except ModelRefused as error:
            if isinstance(error, KeyRefused) and self.key is not None:
                raise ApiKeyNeeded(
                    f"The API key that came with this job is refused: send another in {HEADER}."
                ) from None
            raise ChildFailed("upstream_unavailable", f"It {error}.") from None
        finally:
            asker.close()
        self.report(1.0, f"{len(hearing.words)} words recognised")
        return hearing.transcript()

    def _waited_out(self, busy: ModelBusy) -> bool:
        """Whether a part may be tried again: then not before the service has said. Raises ChildStopped."""
        wait_s = busy.retry_after_s or 0.0
        if wait_s > LONGEST_WAIT_S:
            return False
        if self.stop.wait(wait_s):
            raise ChildStopped
        return True

    def _model(self, sounds: dict[str, bytes]) -> LanguageModel:
        # Two seconds of start-up that workers without this backend do without.
        from pipeline.remote_speech.openai_audio import OpenAIAudio  # noqa: PLC0415

        settings = self.settings
        key = self.key or settings.openai_api_key
        url = settings.openai_speech_base_url or settings.openai_base_url or OPENAI_URL
        return OpenAIAudio(
            key.get_secret_value() if key else None,
            settings.openai_speech_model,
            url,
            settings.openai_speech_timeout_s,
            sounds,
        )


class _Hearing:
    """Puts the parcels' words together."""

    def __init__(self, given: str | None, hints: str | None) -> None:
        self.given, self.hints = given, hints
        self.words: list[Word] = []
        self._votes: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._heard_to_s = 0.0

    def hear(self, parcel: Parcel, answer: str) -> None:
        document = json.loads(answer)
        kept, dropped = believable(read_lines(document, parcel.span, parcel.speech), parcel.speech)
        self._dropped.update({str(reason): count for reason, count in dropped.items()})
        spoken = [word for line in kept for word in line.words]
        append_words(self.words, spoken, TimeRange(parcel.span.start_s, self._heard_to_s))
        self._heard_to_s = parcel.span.end_s
        named = document.get("language")
        code = short_code(named) if isinstance(named, str) else None
        if code and len(code) in (2, 3) and code.isalpha():
            self._votes[code] += len(spoken)

    def transcript(self) -> Transcript:
        segments = tuple(punctuated(self.words))
        voted = max(self._votes, key=self._votes.__getitem__) if self._votes else None
        return Transcript(
            language=self.given or voted or UNKNOWN,
            backend=BACKEND,
            quality="good",
            segments=segments,
            warnings=() if segments else (NO_SPEECH,),
            dropped=dict(self._dropped),
        )


def read_parcel(folder: Path, name: str) -> bytes:
    """A file that the child wrote: a plain one in this very folder and of bounded size. Raises ChildFailed.

    The child may be a hostile file's by now, and a link would make the worker send away a file of its own.
    """
    try:
        if Path(name).name != name:
            raise OSError("not a name")
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size > LARGEST_PARCEL_BYTES:
                raise OSError("not a parcel")
            return opened.read(LARGEST_PARCEL_BYTES)
    except OSError:
        raise ChildFailed("agent_crashed", "The sound could not be packed for sending.") from None
