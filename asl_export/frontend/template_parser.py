"""Jinja's own parser, but its nodes know where in the text they start: `lineno` is an offset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import Lexer, newline_re


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a template, from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}" if self.line > 1 else f"column {self.column}"


class TemplateError(Exception):
    """A template that Jinja can't parse."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message, self.place = message, place


def parse_template(text: str) -> list[nodes.Node]:
    """The nodes of a template; the `lineno` of each is an offset for `place_at`.

    :raises TemplateError: for what Jinja can't parse.
    """
    try:
        return _PARSER.parse(text).body
    except TemplateSyntaxError as error:
        raise TemplateError(re.sub(r" at \d+$", "", str(error.message)), place_at(text, error.lineno)) from error


def place_at(text: str, offset: int) -> Place:
    """The line and column of an offset."""
    before = _plain(text)[: max(offset, 0)]
    return Place(line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))


def start_of(node: nodes.Node) -> int:
    """The offset at which an expression starts: a subscript's own is its bracket's, a filter's its name's."""
    while True:
        match node:
            case nodes.Getattr(node=inner) | nodes.Getitem(node=inner) | nodes.Call(node=inner):
                node = inner
            case _:
                return node.lineno


class _OffsetLexer(Lexer):
    """Gives each token the offset at which it starts in place of its line."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        text, at = _plain(source), 0
        try:
            for _, kind, value in super().tokeniter(source, name, filename, state):
                # Blanks that `-` takes off are left out between two tokens.
                at = max(text.find(value, at), at)
                yield at, kind, value
                at += len(value)
        except TemplateSyntaxError as error:
            raise TemplateSyntaxError(str(error.message), at, name, filename) from error


class _OffsetEnvironment(Environment):
    """Only parses. Like Airflow's environment it drops one newline at the end of a text."""

    @cached_property
    def lexer(self) -> Lexer:
        return _OffsetLexer(self)


_PARSER = _OffsetEnvironment(autoescape=False)


def _plain(text: str) -> str:
    """The text with the newlines that Jinja makes of others."""
    return "\n".join(newline_re.split(text)[::2])
