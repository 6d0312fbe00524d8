"""One object per query language: how values and state data are written."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from asl_export.asl import states as asl
from asl_export.asl.states import ParamRule
from asl_export.ir.values import Document, Value


class QueryLanguage(StrEnum):
    """The language of a machine's expressions."""

    JSONATA = "jsonata"
    JSONPATH = "jsonpath"


class CannotSayError(Exception):
    """A value that the query language has no expression for: what, why and what to do."""

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.why, self.fix = what, why, fix


class Dialect(Protocol):
    """How a query language writes what each state reads and hands on."""

    name: str
    items_inside: bool
    """A Map can hold its items itself."""
    knows_types: bool
    """An expression can tell the type of a value in the run."""
    missing_is_nothing: bool
    """A part of a value that isn't there is nothing, and no error."""

    def document(self, document: Document) -> Any:
        """A document of literals and values as JSON.

        :raises CannotSayError: for a value the language has no expression for.
        """

    def arguments(self, arguments: Document) -> Mapping[str, Any]:
        """What a Task sends."""

    def assigned(self, assign: asl.Assign) -> Mapping[str, Any]:
        """The variables that a state or rule sets; nothing for none."""

    def gathered(self, gathered: asl.Gathered) -> Mapping[str, Any]:
        """The output of a Parallel or Map."""

    def dropped(self) -> Mapping[str, Any]:
        """The output of a state whose result nobody reads: `{}`."""

    def output(self, output: Document) -> Mapping[str, Any]:
        """The output of a Pass."""

    def wait(self, state: asl.Wait) -> Mapping[str, Any]:
        """How long, or until when, a Wait waits.

        :raises CannotSayError: for a time that the language can't work out.
        """

    def items(self, items: Document | None) -> Mapping[str, Any]:
        """A Map's items, or where the Pass in front of it left them."""

    def selector(self, selector: Mapping[str, Document]) -> Mapping[str, Any]:
        """What a Map's body gets for an item."""

    def make_items(self, items: Document) -> Mapping[str, Any]:
        """A Pass's fields that make the items of the Map that follows."""

    def rule(self, condition: Value) -> Mapping[str, Any]:
        """The test of a Choice rule that applies when a boolean value is true.

        :raises CannotSayError: for a value that the language can't test.
        """

    def any_failure(self) -> Mapping[str, Any]:
        """The Choice rule that matches when a failure was collected."""

    def first_failure(self) -> Mapping[str, Any]:
        """A Fail's Error and Cause from the first failure collected."""

    def cause(self, cause: Value) -> Mapping[str, Any]:
        """A Fail's Cause."""

    def failure_output(self, state: asl.BranchFailed) -> Mapping[str, Any]:
        """A Pass's output: the failure of its branch."""

    def merge_input(self, defaults: Mapping[str, Document]) -> Mapping[str, Any]:
        """A Pass's fields that set the variable `params`."""

    def broken(self, rule: ParamRule) -> Mapping[str, Any] | None:
        """The Choice rule that matches when a param breaks its rule; None when the dialect can't tell."""

    def problem(self, text: str) -> Mapping[str, Any]:
        """A Choice rule's fields that set the variable `problem`."""

    def fail_with_problem(self) -> Mapping[str, Any]:
        """A Fail's Cause from the variable `problem`."""
