"""What asking cost: requests, tokens, money, and what was thrown away."""

from dataclasses import dataclass

from app.core.settings import Settings
from pipeline.analyzers.model import Reply

MILLION = 1_000_000


@dataclass
class Usage:
    """Of one job, over all attempts: answers from the cache keep the tokens that they once cost.

    ``requests`` are those that this attempt sent, answered or not. ``cached`` answers came from an earlier attempt.
    ``windows`` is how many parts the transcript was sent in, ``answered`` how many of those gave something usable.
    ``lost`` requests may have been answered, and charged for, without the answer coming back.
    ``dropped_quotes`` rest on words that nobody said, ``dropped_references`` name sentences that were not asked about.
    """

    model: str
    windows: int = 0
    answered: int = 0
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cached: int = 0
    lost: int = 0
    repaired: int = 0
    dropped_quotes: int = 0
    dropped_references: int = 0

    def add(self, reply: Reply, *, cached: bool) -> None:
        self.input_tokens += reply.input_tokens
        self.output_tokens += reply.output_tokens
        self.cached_input_tokens += reply.cached_input_tokens
        self.cached += cached

    def cost(self, settings: Settings) -> float | None:
        """In the currency of the configured prices, at the most: discounts for ``cached_input_tokens`` are not known.

        None where a price is missing.
        """
        if settings.analyzer_input_price is None or settings.analyzer_output_price is None:
            return None
        paid = self.input_tokens * settings.analyzer_input_price + self.output_tokens * settings.analyzer_output_price
        return round(paid / MILLION, 6)

    def document(self, settings: Settings) -> dict[str, str | int | float | None]:
        """As the step's result and the job's result show it."""
        return {**vars(self), "cost": self.cost(settings)}
