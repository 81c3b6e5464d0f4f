"""A YAML text as plain data, with the place of every key and value; bounded, and without surprises.

Only composed, never constructed: no tag makes an object, dates stay texts, keys are texts as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from exporter.config.errors import ConfigError, Path, Place, Problem, short

MAX_BYTES = 4 * 1024 * 1024
MAX_VALUES = 500_000  # with aliases followed
MAX_DEPTH = 30

_TAG = "tag:yaml.org,2002:"
_TEXTS = frozenset(_TAG + name for name in ("str", "timestamp", "value", "merge"))
_KNOWN = _TEXTS | {_TAG + name for name in ("null", "bool", "int", "float", "map", "seq")}
_BOOLS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
# YAML 1.1 also knows octal 010 and base 60 (1:30 is 90); such numbers stay texts here.
_INT = re.compile(r"[-+]?(0|[1-9][0-9_]{0,17})|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?([0-9]{1,18}\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")
_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAMED = re.compile(r" '[\w-]{2,}'| '!.*'")
_NO_TEXT = "not valid text (half of a surrogate pair, or bytes that are not UTF-8)"


class Marks(NamedTuple):
    """Where a value stands, and the key before it."""

    key: Place
    value: Place


@dataclass
class Document:
    """A file as it was read.

    Attributes:
        data: mappings, lists, texts, numbers, true and false, None.
        marks: the places of all values.
        words: what stood there where a bare word became something else than a text.
        expanded: the values that hold a variable of the environment.
    """

    file: str
    data: dict[str, Any]
    marks: dict[Path, Marks] = field(default_factory=dict)
    words: dict[Path, str] = field(default_factory=dict)
    expanded: set[Path] = field(default_factory=set)
    problems: dict[tuple[Place, Path], Problem] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value at the path stands, or its key; for one that is not there, where it should be."""
        while path:
            if marks := self.marks.get(path):
                return marks.key if key else marks.value
            path, key = path[:-1], True
        return Place(self.file, 1, 1)

    def add(self, path: Path, message: str, *, key: bool = False, place: Place | None = None) -> None:
        """Note a problem; of several with one value the first is enough."""
        place = place or self.place(path, key=key)
        self.problems.setdefault((place, path), Problem(place, path, message))


def parse(content: bytes, file: str, variables: Mapping[str, str] | None = None) -> Document:
    """Read YAML. With `variables`, ``${NAME}`` in texts is replaced by their values.

    Raises ConfigError if it is no YAML; what is wrong within it is in `problems`.
    """
    if len(content) > MAX_BYTES:
        raise _fatal(file, f"larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        raise _fatal(file, "not UTF-8", *_position(before)) from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        message = f"the character U+{ord(text[error.position]):04X} has no place in a text file"
        raise _fatal(file, message, *_position(text[: error.position])) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax(file, error) from None
    except RecursionError:
        raise _fatal(file, "nested too deeply") from None
    if node is None:
        raise _fatal(file, "the file is empty")
    if not isinstance(node, yaml.MappingNode):
        found = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
        raise _fatal(file, f"expected keys with values, such as 'servers:', not {found}", 1, 1)
    document = Document(file, {})
    document.data = _Builder(document, variables).mapping(node, ())
    return document


class _Builder:
    """Turns nodes into data."""

    def __init__(self, document: Document, variables: Mapping[str, str] | None) -> None:
        self._document = document
        self._variables = variables
        self._values = 0
        self._open: set[int] = set()  # nodes that we are inside of

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        self._enter(node)
        for key, value in self._pairs(node, path):
            if not isinstance(key, yaml.ScalarNode):
                message = "a key must be a plain word, not a list or a mapping"
                self._document.add(path, message, place=self._place(key))
                continue
            if not is_unicode(key.value):
                self._document.add(path, _NO_TEXT, place=self._place(key))
                continue
            here = (*path, key.value)
            if here in self._document.marks:
                first = self._document.marks[here].key
                message = f"duplicate key {short(key.value)}, first on line {first.line}"
                self._document.add(here, message, place=self._place(key))
                continue
            self._document.marks[here] = Marks(self._place(key), self._place(value))
            data[key.value] = self._value(value, here)
        self._open.discard(id(node))
        return data

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """The pairs of a mapping; those of `<<` last, without what the mapping says itself."""
        own = [(key, value) for key, value in node.value if key.tag != _TAG + "merge"]
        yield from own
        names = {key.value for key, _ in own if isinstance(key, yaml.ScalarNode)}
        for key, value in node.value:
            if key.tag != _TAG + "merge":
                continue
            merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for other in merged:
                if not isinstance(other, yaml.MappingNode):
                    message = "<<: expected keys with values to merge"
                    self._document.add(path, message, place=self._place(other))
                    continue
                self._enter(other)
                for name, item in self._pairs(other, path):
                    if isinstance(name, yaml.ScalarNode) and name.value not in names:
                        names.add(name.value)
                        yield name, item
                self._open.discard(id(other))

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self._count()
        if node.tag not in _KNOWN:
            self._document.add(
                path, "tags (!name) are not supported; a text that begins with ! must be in quotes"
            )
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        return self._scalar(node, path)

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[Any]:
        self._enter(node)
        items = []
        for number, item in enumerate(node.value):
            place = self._place(item)
            self._document.marks[*path, number] = Marks(place, place)
            items.append(self._value(item, (*path, number)))
        self._open.discard(id(node))
        return items

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        text: str = node.value
        if node.tag in _TEXTS:
            return self._text(text, path)
        if node.tag == _TAG + "null":
            # At the top an empty section is one whose lines are all comments.
            if len(path) > 1:
                self._document.add(path, "no value; an empty section is {}, an empty list []")
            return None
        value: Any = text
        if node.tag == _TAG + "bool" and text.lower() in _BOOLS:
            value = _BOOLS[text.lower()]
        elif node.tag == _TAG + "int" and _INT.fullmatch(text):
            value = int(text.replace("_", ""), 0)
        elif node.tag == _TAG + "float" and _FLOAT.fullmatch(text):
            value = float(text)
        self._document.words[path] = text
        return value

    def _text(self, text: str, path: Path) -> str:
        if self._variables is not None and "${" in text:
            text = self._expanded(text, path, self._variables)
        if not is_unicode(text):
            self._document.add(path, _NO_TEXT)
            return ""
        return text

    def _expanded(self, text: str, path: Path, variables: Mapping[str, str]) -> str:
        missing: list[str] = []

        def replace(match: re.Match[str]) -> str:
            if match[1]:
                return match[0][1:]  # $${NAME} stands for ${NAME}
            if match[2] not in variables:
                missing.append(match[2])
            return variables.get(match[2], "")

        result = _VARIABLE.sub(replace, text)
        self._document.expanded.add(path)
        for name in missing:
            self._document.add(path, f"the environment has no variable {name}")
        return result

    def _count(self) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _fatal(self._document.file, f"more than {MAX_VALUES} values, with aliases (*name) followed")

    def _enter(self, node: yaml.Node) -> None:
        self._count()  # merging alone can be a bomb too
        if id(node) in self._open:
            place = self._place(node)
            raise ConfigError([Problem(place, (), "an alias (*name) stands within what it names")])
        if len(self._open) >= MAX_DEPTH:
            raise ConfigError([Problem(self._place(node), (), "nested too deeply")])
        self._open.add(id(node))

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._document.file, node.start_mark.line + 1, node.start_mark.column + 1)


def is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8: YAML escapes and the environment can hold halves."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _position(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _fatal(file: str, message: str, line: int | None = None, column: int | None = None) -> ConfigError:
    return ConfigError([Problem(Place(file, line, column), (), message)])


def _syntax(file: str, error: yaml.MarkedYAMLError) -> ConfigError:
    # What stands after a * or & or ! is left out: it may be a secret that wants quotes.
    problem = _NAMED.sub("", str(error.problem or error.context))
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a quoted scalar":  # it begins at the quote, and ends anywhere
        problem, mark = "a quote that is not closed, or is closed too early", error.context_mark
    if "'\\t'" in problem:
        problem = "YAML indents with spaces, not with tabs"
    elif "another document" in problem:
        problem = "one file holds one document, without --- in the middle"
    elif "<stream end>" in problem:
        problem = "the end of the file comes too early: a ] or } that is missing?"
    elif "undefined alias" in problem:
        problem = "a text that begins with * must be in quotes (* names an alias, and there is none)"
    elif "cannot start any token" in problem:
        problem += "; put the text in quotes"
    elif "mapping values are not allowed" in problem:
        problem += " (a text with ': ' in it must be in quotes)"
    if mark is None:
        return _fatal(file, problem)
    return _fatal(file, f"not valid YAML: {problem}", mark.line + 1, mark.column + 1)
