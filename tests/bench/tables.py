"""Format tables as Markdown."""

from collections.abc import Sequence

NOT_MEASURED = "ended in a fault, above"


def align_columns(cells: Sequence[Sequence[str]]) -> list[str]:
    wide = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, wide, strict=True)) + " |" for line in cells]
    return [lines[0], "| " + " | ".join("-" * w for w in wide) + " |", *lines[1:]]
