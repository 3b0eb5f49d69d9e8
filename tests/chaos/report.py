"""What a storm did and what came of it, as lines for people and for docs/reliability.md."""

from dataclasses import dataclass

from tests.chaos.audit import Findings, percentile
from tests.chaos.load import Ledger
from tests.chaos.storm import Storm


@dataclass(frozen=True)
class Report:
    seed: int
    kind: str
    took_s: float
    ledger: Ledger
    findings: Findings
    storm: Storm

    def lines(self) -> list[str]:
        """One fact a line."""
        found, ledger = self.findings, self.ledger
        waits = found.restarts_s
        blows = ", ".join(f"{what} {count}" for what, count in sorted(self.storm.done.items()))
        return [
            f"{self.kind}, seed {self.seed}: {len(ledger.accepted)} jobs accepted in {self.took_s:.0f} s",
            f"  what went wrong: {blows}",
            f"  lost {len(found.wrong['lost'])}, unfinished {len(found.wrong['unfinished'])}, "
            f"committed twice {len(found.wrong['committed twice'])}, "
            f"run after the commit {len(found.wrong['run after its commit'])}",
            f"  outcomes: {', '.join(f'{k} {v}' for k, v in sorted(found.outcomes.items()))}; "
            f"deleted {len(ledger.deleted)}",
            f"  runs interrupted {found.interrupted}; from the crash to the next run: "
            f"p50 {percentile(waits, 0.5):.1f} s, p99 {percentile(waits, 0.99):.1f} s, "
            f"longest {max(waits, default=0):.1f} s; "
            f"with a worker there: p99 {percentile(found.net_restarts_s, 0.99):.1f} s",
            f"  cancelled {len(found.cancels_s)}: p99 {percentile(found.cancels_s, 0.99):.2f} s, "
            f"longest {max(found.cancels_s, default=0):.2f} s; "
            f"with the API there: p99 {percentile(found.net_cancels_s, 0.99):.2f} s",
            f"  answers (0: no connection): {dict(sorted(ledger.answers.items()))}, "
            f"slowest 503 {ledger.slowest_503_s:.2f} s",
            *(f"  {line}" for line in found.slow),
        ]
