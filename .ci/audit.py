"""Are there known vulnerabilities in what the lock installs? ``python .ci/audit.py [LOCK] [--osv-url URL]``

Asks the OSV database by pip-audit. Exit 1 when a package has a vulnerability that a newer version fixes and that
``.ci/audit-ignore`` does not name with a reason. Without a network it says so in one line and exits 0.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OSV_URL = "https://api.osv.dev/v1/query"
ANSWER_WITHIN_S = 3
ALL_WITHIN_S = 180
UNREACHABLE = ("requests.exceptions.", "Could not connect", "ServiceError")


def say(line: str) -> None:
    sys.stdout.write(f"dependency audit: {line}\n")


def ignored() -> dict[str, str]:
    """Ids that do not concern us, with the reason; a line is ``ID reason``."""
    lines = (line.strip() for line in (HERE / "audit-ignore").read_text().splitlines())
    pairs = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    bare = [pair[0] for pair in pairs if len(pair) == 1]
    if bare:
        raise SystemExit(f"dependency audit: {bare[0]} in .ci/audit-ignore has no reason")
    return dict(pairs)


def ask(lock: Path, osv_url: str) -> list[dict[str, Any]] | None:
    """The packages of the lock with their vulnerabilities; None where the database cannot be reached."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip", "--no-deps"]
    command += ["--format", "json", "--progress-spinner", "off", "--vulnerability-service", "osv"]
    command += ["--osv-url", osv_url, "--timeout", str(ANSWER_WITHIN_S)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ALL_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        if any(sign in done.stderr for sign in UNREACHABLE):
            return None
        raise SystemExit(f"dependency audit: pip-audit failed\n{done.stderr[-2000:]}") from None
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", nargs="?", type=Path, default=HERE.parent / "requirements.lock")
    parser.add_argument("--osv-url", default=OSV_URL)
    chosen = parser.parse_args()
    known = ignored()
    packages = ask(chosen.lock, chosen.osv_url)
    if packages is None:
        say("left out, the vulnerability database cannot be reached")
        return 0
    bad = 0
    for package in packages:
        for each in package.get("vulns", []):
            names = {each["id"], *each.get("aliases", [])}
            reason = next((known[name] for name in sorted(names) if name in known), None)
            fixed = ", ".join(each["fix_versions"])
            what = f"{package['name']} {package['version']}: {each['id']}"
            if reason is not None:
                say(f"{what} does not concern us: {reason}")
            elif fixed:
                say(f"{what} is fixed in {fixed}")
                bad += 1
            else:
                say(f"{what} has no fix yet")
    say(f"{len(packages)} packages, {bad} to be updated")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
