"""What is sealed opens with the same secret for the same purpose, and with nothing else."""

import pytest

from app.core.sealing import SealBroken, Sealer

URL = "https://store.example/lecture.mp4?signature=sesame"


def test_a_sealed_text_opens_again_and_shows_nothing() -> None:
    sealer = Sealer(b"a secret of tests", "source-url")
    first, second = sealer.seal(URL), sealer.seal(URL)
    assert first != second
    assert "sesame" not in first
    assert sealer.open(first) == sealer.open(second) == URL


@pytest.mark.parametrize(
    "other", [Sealer(b"another secret", "source-url"), Sealer(b"a secret of tests", "webhook-url")]
)
def test_another_secret_or_purpose_opens_nothing(other: Sealer) -> None:
    sealed = Sealer(b"a secret of tests", "source-url").seal(URL)
    with pytest.raises(SealBroken) as caught:
        other.open(sealed)
    assert sealed not in str(caught.value)


def test_what_was_changed_does_not_open() -> None:
    sealer = Sealer(b"a secret of tests", "source-url")
    sealed = sealer.seal(URL)
    for broken in (sealed[:-4], sealed[:20] + "A" * 4 + sealed[24:], "", "é"):
        with pytest.raises(SealBroken):
            sealer.open(broken)
