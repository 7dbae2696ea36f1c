"""Says where a variable, a parameter or a function of a script has one of the names that say nothing."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.checks.names import FORBIDDEN

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*)|(?P<mark>=>|\.\.\.|\?\?=?|\?\.|[-+*/%&|^!=<>]=+|.)""",
    re.DOTALL,
)
REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{)", re.DOTALL)  # to its end, or to its next hole
# A slash after one of these begins a regular expression, after anything else it divides.
BEFORE_REGEX = frozenset(["", "return", "typeof", "case", *"(,=:[!&|?{};+><", "=>", "&&", "||", "??"])
NO_METHODS = frozenset(["if", "for", "while", "switch", "with", "catch", "function"])
ENDING = frozenset([";", "of", "in", "const", "let", "var", "return", "function", "if"])
OPENING, CLOSING = "([{", ")]}"

Token = tuple[str, int]


def tokens_of(source: str) -> list[Token]:
    """Names and marks with their lines. A string, number or regular expression is the mark `"`; the holes of a template
    stand in brackets behind it."""
    tokens: list[Token] = []
    holes: list[int] = []  # open braces within each `${` that has begun
    position, line = 0, 1
    while position < len(source):
        begin = position
        last = tokens[-1][0] if tokens else ""
        regex = REGEX.match(source, position) if last in BEFORE_REGEX else None
        if source[position] == "`" or (source[position] == "}" and holes and not holes[-1]):
            if source[position] == "}":
                holes.pop()
            tokens.append(('"' if source[position] == "`" else ")", line))
            text = TEMPLATE_TEXT.match(source, position + 1)
            if text is None:
                raise ValueError(f"line {line}: a template that does not end")
            position = text.end()
            if text[1] == "${":
                holes.append(0)
                tokens.append(("(", line))
        elif regex and not source.startswith("//", position):
            tokens.append(('"', line))
            position = regex.end()
        else:
            match = TOKEN.match(source, position)
            assert match
            if holes and match[0] in ("{", "}"):
                holes[-1] += 1 if match[0] == "{" else -1
            if match.lastgroup != "skip":
                tokens.append((match[0] if match.lastgroup in ("name", "mark") else '"', line))
            position = match.end()
        line += source.count("\n", begin, position)
    return tokens


def closing_of(tokens: list[Token], start: int) -> int:
    """The place of the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(tokens)):
        depth += (tokens[place][0] in OPENING) - (tokens[place][0] in CLOSING)
        if not depth:
            return place
    raise ValueError(f"line {tokens[start][1]}: a bracket that does not close")


def opening_of(tokens: list[Token], end: int) -> int:
    depth = 0
    for place in range(end, -1, -1):
        depth += (tokens[place][0] in CLOSING) - (tokens[place][0] in OPENING)
        if not depth:
            return place
    raise ValueError(f"line {tokens[end][1]}: a bracket that does not open")


def parts_of(tokens: list[Token], start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between commas in tokens[start:end], as (start, end)."""
    place = begin = start
    while place < end:
        if tokens[place][0] in OPENING:
            place = closing_of(tokens, place)
        elif tokens[place][0] == ",":
            yield begin, place
            begin = place + 1
        place += 1
    if begin < end:
        yield begin, end


def bound_by(tokens: list[Token], start: int, end: int) -> Iterator[Token]:
    """The names that a pattern in tokens[start:end] binds: `a`, `{ a, b: c = 1 }`, `[a, ...b]`."""
    if start < end and tokens[start][0] == "...":
        start += 1
    if start >= end:
        return
    text = tokens[start][0]
    if text in "[{":
        for first, last in parts_of(tokens, start + 1, closing_of(tokens, start)):
            renamed = text == "{" and first + 1 < last and tokens[first + 1][0] == ":"
            yield from bound_by(tokens, first + 2 if renamed else first, last)
    elif text.isidentifier():
        yield tokens[start]


def declared_names(source: str) -> list[tuple[int, str]]:
    """(line, name) of each variable, parameter, function and class that a script declares, in their order."""
    tokens = [*tokens_of(source), (";", 0)]
    declared: list[Token] = []

    def parameters(start: int, end: int) -> None:
        for first, last in parts_of(tokens, start + 1, end):
            declared.extend(bound_by(tokens, first, last))

    for place, (text, _line) in enumerate(tokens[:-1]):
        before, after = tokens[place - 1][0] if place else "", tokens[place + 1][0]
        if text in ("const", "let", "var") and before != ".":
            declared.extend(variables(tokens, place + 1))
        elif text in ("function", "class", "as") and before != "." and after.isidentifier() and after != "extends":
            declared.append(tokens[place + 1])
        elif text == "=>" and before == ")":
            parameters(opening_of(tokens, place - 1), place - 1)
        elif text == "=>":
            declared.append(tokens[place - 1])
        elif text == "(":
            end = closing_of(tokens, place)
            is_body = tokens[end + 1][0] == "{"
            named = before.isidentifier() and before not in NO_METHODS
            if is_body and (named or before in ("function", "catch")):
                parameters(place, end)
    return sorted({(line, name) for name, line in declared})


def variables(tokens: list[Token], start: int) -> Iterator[Token]:
    """The names of `const a = 1, { b } = c`: the first, and each behind a comma outside of brackets."""
    place = start
    expects = True
    while place < len(tokens):
        text, line = tokens[place]
        if expects:
            yield from bound_by(tokens, place, place + 1 if text not in "[{" else len(tokens))
            expects = False
        if text in OPENING:
            place = closing_of(tokens, place)
        elif text in CLOSING or text in ENDING:
            return
        elif text == ",":
            expects = True
        elif text.isidentifier() and line != tokens[place - 1][1] and place > start and tokens[place - 1][0] != ",":
            return  # without semicolons a declaration ends with its line, unless the next goes on with a mark
        place += 1


def forbidden_names(source: str) -> list[tuple[int, str]]:
    return [(line, name) for line, name in declared_names(source) if name in FORBIDDEN]


if __name__ == "__main__":
    faults = [
        f"{path}:{line}: “{name}” says nothing: name the thing"
        for path in sys.argv[1:]
        for line, name in forbidden_names(Path(path).read_text(encoding="utf-8"))
    ]
    print("\n".join(faults))
    sys.exit(bool(faults))
