"""The checks of names, in one run that parses each file once: python -m tests.checks"""

import sys

from tests.checks import backticks, names, unused

CHECKS = [names, backticks, unused]

if __name__ == "__main__":
    lines = [line for check in CHECKS for line in check.report()]
    for line in lines:
        print(line)
    sys.exit(bool(lines))
