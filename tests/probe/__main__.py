"""Audit a running demo: permissions, forged messages, hostile files, floods. Prints a table.

    python -m tests.probe URL PROCESSES [PART …]        (bin/probe)

It leaves reports, wrong passwords and reached limits behind. Exits with 1 if anything got through.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402 - apps are there only now

from demo.accounts import ACCOUNTS, demo_people, password  # noqa: E402
from tests.probe import files, floods, forgeries, reach  # noqa: E402
from tests.probe.visitors import Finding, Visitor  # noqa: E402


def main(home: str, processes: int, wanted: list[str]) -> int:
    if not demo_people().exists():
        print("This is not a demo; the audit writes, so it does not begin.", file=sys.stderr)
        return 2
    names = [account.name for account in ACCOUNTS if demo_people().filter(username=account.name).exists()]
    people = [Visitor(home), *(Visitor(home, name, password()) for name in names)]
    known = {visitor.name: visitor for visitor in people}
    parts: dict[str, Callable[[], list[Finding]]] = {
        "reach": lambda: [reach.audit_reach(people)],
        "forgeries": lambda: [forgeries.audit_csrf(known["ward"]), forgeries.audit_forgeries(home)],
        "files": lambda: [files.audit_files(home, known["operator"])],
        "floods": lambda: floods.audit_floods(home, processes),
    }
    findings = []
    for name, audit in parts.items():
        if not wanted or name in wanted:
            begun = time.monotonic()
            print(f"· {name} …", file=sys.stderr, flush=True)
            findings += audit()
            print(f"· {name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print_table(findings)
    return int(any(finding.wrong for finding in findings))


def print_table(findings):
    print("| part | requests | refused | got through | slowest |\n| --- | --- | --- | --- | --- |")
    for finding in findings:
        print(
            f"| {finding.part} | {finding.requests:,} | {finding.refused:,} "
            f"| {len(finding.wrong)} | {finding.slowest_s:.1f} s |"
        )
    for finding in findings:
        for line, times in Counter(finding.wrong).most_common(40):
            print(f"\n{finding.part}: {line} ({times} times)")


if __name__ == "__main__":
    assert settings.LIMITS, "the limits are switched off here"
    sys.exit(main(sys.argv[1].rstrip("/"), int(sys.argv[2]), sys.argv[3:]))
