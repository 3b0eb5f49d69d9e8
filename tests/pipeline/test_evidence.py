"""What later steps read back: of a transcript only the part they need."""

from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from agents.codec import to_data
from agents.types import Segment, Word
from app.models import Transcript
from pipeline import evidence

SAID = tuple(
    Segment(start_s, start_s + 0.1, f"line {number}", None, (Word(start_s, start_s + 0.1, "line", 0.5),))
    for number, start_s in enumerate((0.0, 9.9, 10.0, 15.3, 20.0, 3000.7))
)


def test_segments_of_a_part_of_the_recording(sessions: sessionmaker[Session], job_id: UUID) -> None:
    with sessions.begin() as session:
        assert evidence.segments_between(session, job_id, 0.0, 9.0) == ()
        row = Transcript(job_id=job_id, language="en", backend="captions", quality="given", segments=to_data_of(SAID))
        session.add(row)
    with sessions.begin() as session:
        for start_s, end_s in ((9.95, 20.0), (10.0, 10.0), (10.1, 20.0), (20.1, 3000.7), (0.1 + 0.2, 1e5)):
            expected = tuple(s for s in SAID if s.end_s > start_s and s.start_s < end_s)
            assert evidence.segments_between(session, job_id, start_s, end_s) == expected


def to_data_of(segments: tuple[Segment, ...]) -> list[object]:
    return [to_data(segment) for segment in segments]
