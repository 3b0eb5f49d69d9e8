"""``python -m bench [NAME …]``: runs the benchmarks, prints them, and writes ``docs/benchmarks.md``."""

import importlib
import os
import platform
import sys
from pathlib import Path

from bench.table import Row

SUBJECTS = (
    "silence",
    "layout",
    "render",
    "moviepy",
    "topics",
    "worse_captions",
    "importance",
    "emphasis",
    "clips",
    "transcription",
    "whole",
    "sandbox",
    "polling",
)
REPORT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEADER = """# Benchmarks

Written by `make bench`. Only ratios are claims: both sides of each were measured in the same run, on a machine with
{cores} cores ({machine}, Python {python}). `ratio` is how many times as
fast as the peer, unless the note says otherwise.

| what | ours, s | peer | peer, s | ratio | target | met | note |
|---|---|---|---|---|---|---|---|
"""


def line(row: Row) -> str:
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    cells = (
        row.name,
        f"{row.ours_s:.3f}",
        row.peer,
        f"{row.peer_s:.3f}",
        f"{row.ratio:.2f}",
        row.target,
        met,
        row.note,
    )
    return "| " + " | ".join(cells) + " |"


def main(names: list[str]) -> int:
    unknown = set(names) - set(SUBJECTS)
    if unknown:
        print(f"unknown benchmarks: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
        return 2
    rows: list[Row] = []
    tables: list[str] = []
    for name in names or SUBJECTS:
        module = importlib.import_module(f"bench.{name}")
        for row in module.rows() if hasattr(module, "rows") else ():
            rows.append(row)
            print(line(row), flush=True)
        if hasattr(module, "table"):
            tables.append(module.table())
            print(tables[-1], flush=True)
    if not names:
        header = HEADER.format(cores=os.cpu_count(), machine=platform.machine(), python=platform.python_version())
        body = header + "\n".join(line(row) for row in rows) + "\n"
        REPORT.write_text("\n".join([body, *tables]), "utf-8")
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
