"""Print the known flaws that pip-audit has found in our libraries, and how many libraries it could not look up.

python -m tests.checks.flaws REPORT [--where-reachable]
"""

import json
import sys
from pathlib import Path
from typing import Any

NAMED = 10


def summarise_report(report: dict[str, Any] | None, must_reach: bool) -> tuple[list[str], bool]:
    """Return the lines to print and whether the audit passed; `report`: pip-audit's JSON, None where it gave none."""
    if report is None:
        return ["The database of known flaws cannot be reached."], not must_reach
    libraries = report["dependencies"]
    unknown = [library["name"] for library in libraries if "skip_reason" in library]
    flaws = [
        f"{library['name']} {library['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'none'}"
        for library in libraries
        for flaw in library.get("vulns", ())
    ]
    lines = [*flaws, f"{len(libraries) - len(unknown)} libraries asked for, {len(flaws)} known flaws"]
    if unknown:
        lines.append(
            f"{len(unknown)} could not be asked for: {', '.join(unknown[:NAMED])}{' …' * (len(unknown) > NAMED)}"
        )
    return lines, not flaws and not (unknown and must_reach)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    lines, passed = summarise_report(
        json.loads(path.read_text()) if path.is_file() else None, must_reach="--where-reachable" not in sys.argv
    )
    print("\n".join(lines))
    sys.exit(not passed)
