"""Solve the puzzle of `incidents.reporting.puzzle` as a browser does."""

from typing import Any

import altcha


def solve(puzzle: dict[str, Any]) -> str:
    """Return the form's answer in base64."""
    solution = altcha.solve_challenge_v1(
        puzzle["challenge"], puzzle["salt"], puzzle["algorithm"], puzzle["maxNumber"], 0
    )
    payload = altcha.PayloadV1(
        puzzle["algorithm"], puzzle["challenge"], solution.number, puzzle["salt"], puzzle["signature"]
    )
    return payload.to_base64()
