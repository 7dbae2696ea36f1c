"""What a browser does with the puzzle of `incidents.reporting.puzzle`."""

from typing import Any

import altcha


def solve(made: dict[str, Any]) -> str:
    """The answer for the form, in base64."""
    solution = altcha.solve_challenge_v1(made["challenge"], made["salt"], made["algorithm"], made["maxNumber"], 0)
    payload = altcha.PayloadV1(made["algorithm"], made["challenge"], solution.number, made["salt"], made["signature"])
    return payload.to_base64()
