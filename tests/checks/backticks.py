"""Says which names in backticks, in docstrings and comments, name nothing that there is.

Looked at are names (`move`, `workflow.move`, `cameras.ring`), calls (`find(picture, zones)`), modules that are run
(`-m cameras.decoder`), paths (`sql/grants.sql`) and commands (`bin/test`, `manage.py load_city`). What else stands in
backticks is a value, an address or a piece of text, which no code has to hold.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.checks.sources import APPS, list_files, module_name, nodes_of, python_files, read_files

SPAN = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"[A-Za-z_]\w*")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
NAME_OR_DOTTED = re.compile(r"[A-Za-z_][\w.]*\w|[A-Za-z_]")
CALL = re.compile(r"([A-Za-z_][\w.]*)\(.*\)")
RUN = re.compile(r"(?:python )?-m ([a-z_.]+)( .*)?")
COMMAND = re.compile(r"(?:bin/)?manage(?:\.py)? ([a-z_]+)( .*)?")
PATH = re.compile(r"\w[\w/.-]*\.(?:py|sql|html|txt|js|css|sh|md|csv|toml|yml)|(?:bin|deploy|docs|tests)/[\w/.-]+")
# Commands of Django, words of SQL and of browsers, a file that others send, and pieces of Vietnamese addresses.
WORDS = {
    "check", "collectstatic", "createsuperuser", "makemigrations", "migrate", "NOTIFY", "md5sum", "winmail.dat",
    "app.model.field", "formAction", "Hò", "hoà", "fifteen", "P13", "ql13", "D4", "KV", "bv",
}  # fmt: skip


def unknown_names(path: str, source: str, known: "Known") -> list[tuple[int, str]]:
    """Each as (line, what stands in the backticks)."""
    spans = [(line, span.strip()) for line, text in prose_of(path, source) for span in SPAN.findall(text)]
    if path.endswith(".js"):  # of an object of a script it is not known what it is: only what it has is looked up
        spans = [(line, re.sub(r"^(\w+\.)+(?=\w+(\(.*\))?$)", "", span)) for line, span in spans]
    return [(line, span) for line, span in spans if not known.knows(span)]


def prose_of(path: str, source: str) -> Iterator[tuple[int, str]]:
    """The docstrings and comments of a file that have backticks, each with the line where it begins."""
    if path.endswith(".sql"):
        yield from comments_by(r"--(.*)", source)
    elif path.endswith(".js"):
        yield from comments_by(r"(?:^|\s)(?://|\*|/\*)(.*)", source)
    else:
        for node in nodes_of(source):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node, clean=False) or ""
                if "`" in text:
                    yield node.body[0].lineno, text
        if re.search(r"#.*`", source):
            for token in tokenize.generate_tokens(io.StringIO(source).readline):
                if token.type == tokenize.COMMENT and "`" in token.string:
                    yield token.start[0], token.string


def comments_by(pattern: str, source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), 1):
        if "`" in line and (match := re.search(pattern, line)):
            yield number, match[1]


class Known:
    """What a name in backticks may be: what Python files bind or read, and the names of all other files."""

    def __init__(self, sources: dict[str, str], texts: dict[str, str], paths: list[str]):
        self.modules = {module_name(path) for path in sources}
        self.tails = {".".join(module.split(".")[n:]) for module in self.modules for n in range(module.count(".") + 1)}
        self.tails |= {".".join(Path(path).parent.parts[n:]) for path in paths for n in range(len(Path(path).parts))}
        self.members: dict[str, set[str]] = {}  # of each module by its last name, and of each class
        self.names = set(WORDS)
        for path, source in sources.items():
            own = set(names_in(source))
            self.names |= own
            self.members.setdefault(module_name(path).split(".")[-1], set()).update(own)
            for node in nodes_of(source):
                if isinstance(node, ast.ClassDef):
                    inside = {name for part in node.body for name in names_of_part(part)}
                    self.members.setdefault(node.name, set()).update(inside)
        self.names |= {name for text in texts.values() for name in NAME_OR_DOTTED.findall(text)}
        self.paths = {"/".join(Path(path).parts[n:]) for path in paths for n in range(len(Path(path).parts))}
        self.folders = {part for path in paths for part in Path(path).parts}

    def knows(self, span: str) -> bool:
        if match := COMMAND.fullmatch(span):
            return match[1] in WORDS or f"commands/{match[1]}.py" in self.paths
        if match := RUN.fullmatch(span):
            return match[1] in self.modules or match[1].split(".")[0] not in APPS
        if PATH.fullmatch(span.split()[0].split("::")[0]):
            first = span.split()[0].split("::")[0].removeprefix("./")
            return first in self.paths or first in self.folders or bool(re.search("[A-Z]{3}", first))
        if match := CALL.fullmatch(span):
            span = match[1]
        return not DOTTED.fullmatch(span) or self.knows_name(span)

    def knows_name(self, name: str) -> bool:
        if name in self.tails or name in self.names:
            return True
        owner, _, last = name.rpartition(".")
        if not owner:
            return name in self.folders
        members = self.members.get(owner.split(".")[-1])
        return last in members if members is not None else self.knows_name(owner.split(".")[0]) and last in self.names


def names_in(source: str) -> Iterator[str]:
    """The names and attributes of a module, what its calls name, and its texts that are no sentence."""
    for node in nodes_of(source):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield from name.split(".")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name
            case ast.Constant(value=str(text)) if " " not in text:
                yield from NAME.findall(text)
                yield text


def names_of_part(part: ast.stmt) -> Iterator[str]:
    """What a statement of a class binds, and the attributes of itself that a method sets."""
    for node in ast.walk(part):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.Constant(value=str(name)):  # __slots__, fields by their names
                yield name


@cache
def known_here() -> Known:
    texts = read_files("*.sql", "*templates/*", "*.js", "*.css", "*.sh", "bin/*", "deploy/*", "pyproject.toml",
                       "docker-compose.yml", "Dockerfile", "gis_data/packs/*.csv", "gis_data/packs/*.toml")  # fmt: skip
    code = {path: without_comments(path, text) for path, text in texts.items()}
    return Known(python_files(*APPS, "tests", "bin", "deploy", "manage.py"), code, list(list_files("*")))


def without_comments(path: str, text: str) -> str:
    if path.endswith(".sql"):
        return re.sub(r"--.*", "", text)
    return re.sub(r"^\s*(//|\*|/\*).*$", "", text, flags=re.M) if path.endswith(".js") else text


def report() -> list[str]:
    sources = python_files(*APPS, "tests", "bin", "deploy", "manage.py")
    sources = {path: text for path, text in sources.items() if "/migrations/" not in path}
    sources |= read_files("*.sql", "*.js", ":!*/vendor/*")
    return [
        f"{path}:{line}: `{span}` names nothing"
        for path, source in sources.items()
        for line, span in unknown_names(path, source, known_here())
    ]
