"""Reads configuration files and checks them as a whole."""

from __future__ import annotations

import glob
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from exporter.config.build import Part, build
from exporter.config.checks import check, mapping
from exporter.config.custom_check import check_custom
from exporter.config.document import MAX_BYTES, Document, parse
from exporter.config.errors import ConfigError, Place, Problem
from exporter.config.errors import Path as Keys
from exporter.config.messages import report
from exporter.config.model import Config
from exporter.config.schema import MainFile, ServerFile
from exporter.config.values import Context, problem_of
from exporter.config.warnings import warnings

_File = TypeVar("_File", bound=ServerFile)


def load(file: Path, variables: Mapping[str, str] | None = None) -> Config:
    """Read a configuration file and the files with servers that it names.

    Args:
        variables: the environment, if ``${NAME}`` in texts shall stand for a variable of it.

    Raises ConfigError with everything that is wrong.
    """
    main = _read(file, variables)
    documents, hints = [main], list[Problem]()
    for other in _server_files(main, file, hints):
        try:
            documents.append(_read(other, variables))
        except ConfigError as error:
            main.problems |= {(problem.place, problem.path): problem for problem in error.problems}
    return assemble(documents, [Path(document.file).parent for document in documents], hints)


def assemble(documents: list[Document], folders: list[Path], hints: list[Problem]) -> Config:
    """Check documents, the main one first, and make a configuration of them. Raises ConfigError."""
    tried: dict[Any, str] = {}
    meant: set[Keys] = set()
    custom = frozenset(mapping(documents[0].data.get("custom")))
    main = _validated(MainFile, documents[0], Context(folders[0], tried, custom), meant)
    parts = [Part(documents[0], main)] if main else []
    for document, folder in zip(documents[1:], folders[1:], strict=True):
        if content := _validated(ServerFile, document, Context(folder, tried, custom), meant):
            parts.append(Part(document, content))
    check(documents, meant)
    check_custom(documents[0])
    config = None
    if main and not _problems(documents):
        config = build(main, parts, hints + warnings(documents))
    if config is None:
        raise ConfigError(_problems(documents))
    return config


def _validated(model: type[_File], document: Document, context: Context, meant: set[Keys]) -> _File | None:
    # By way of JSON, where strict types let a list become a tuple, and a text a path.
    try:
        return model.model_validate_json(json.dumps(document.data), context=context)
    except ValidationError as error:
        if _became_numbers(error, document):
            return _validated(model, document, context, meant)
        meant |= report(error, model, document)
    return None


def _became_numbers(error: ValidationError, document: Document) -> bool:
    """Where a number is wanted and a variable gave its digits, put the number; whether there was one."""
    found = False
    for detail in error.errors(include_url=False, include_context=False):
        path, value = detail["loc"], detail["input"]
        if path in document.expanded and detail["type"] == "int_type" and value.isascii() and value.isdigit():
            place: Any = document.data
            for part in path[:-1]:
                place = place[part]
            place[path[-1]] = int(value[:20])
            found = True
    return found


def _problems(documents: list[Document]) -> list[Problem]:
    """All problems, file by file, from top to bottom."""
    return [
        problem
        for document in documents
        for problem in sorted(
            document.problems.values(),
            key=lambda problem: (problem.place.line or 0, problem.place.column or 0),
        )
    ]


def _read(file: Path, variables: Mapping[str, str] | None) -> Document:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        text = problem_of(error) if isinstance(error, OSError) else "not a name for a file"
        raise ConfigError([Problem(Place(str(file)), (), text)]) from None
    document = parse(content, str(file), variables)
    # A section whose lines are all comments is none.
    document.data = {key: value for key, value in document.data.items() if value is not None}
    return document


def _server_files(main: Document, file: Path, hints: list[Problem]) -> list[Path]:
    """The files with servers, each once, without the main file."""
    found: dict[Path, None] = {}
    patterns = main.data.get("server_files")
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
        if not isinstance(pattern, str) or not pattern.isprintable() or not pattern:
            continue  # its type is complained of elsewhere
        matches = matching(file, pattern)
        if not matches:
            keys = ("server_files", number)
            if glob.has_magic(pattern):
                hints.append(Problem(main.place(keys), keys, "no file matches"))
            else:
                main.add(keys, "no such file")
        found |= dict.fromkeys(matches)
    return [other for other in found if not _same(other, file)]


def matching(file: Path, pattern: str) -> list[Path]:
    """The files that a pattern of server_files stands for; relative to the main file."""
    folder = glob.escape(str(file.parent))
    return [Path(match) for match in sorted(glob.glob(str(Path(folder) / pattern)))]  # noqa: PTH207  # Path.glob: no absolute ones


def patterns(file: Path, variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What a main file names under server_files. Raises ConfigError."""
    named = _read(file, variables).data.get("server_files")
    return tuple(each for each in named if isinstance(each, str)) if isinstance(named, list) else ()


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
