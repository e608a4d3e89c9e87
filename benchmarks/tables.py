"""Tables as the terminal and Markdown show them alike."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns stand below each other; numbers to the right, three figures of a float."""
    cells = [[*head], *([_shown(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [all(not isinstance(row[at], str) for row in rows) for at in range(len(head))]
    rule = ["-" * (width - to_right) + ":" * to_right for width, to_right in zip(widths, right, strict=True)]
    return "\n".join(
        "| " + " | ".join(_padded(*cell) for cell in zip(row, widths, right, strict=True)) + " |"
        for row in [cells[0], rule, *cells[1:]]
    )


def _shown(value: object) -> str:
    if value is None or value != value:  # not a number
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def _padded(cell: str, width: int, to_right: bool) -> str:
    return cell.rjust(width) if to_right else cell.ljust(width)
