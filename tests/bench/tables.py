"""Tables as Markdown has them."""

from collections.abc import Sequence


def align_columns(cells: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table of these cells, the heads first."""
    wide = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, wide, strict=True)) + " |" for line in cells]
    return [lines[0], "| " + " | ".join("-" * w for w in wide) + " |", *lines[1:]]
