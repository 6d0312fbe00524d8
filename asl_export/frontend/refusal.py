"""The refusal of a part of a task, before it is known where that part stands."""

from __future__ import annotations

from dataclasses import replace

from asl_export.diagnostics import Code, Diagnostic, Location


class RefusalError(Exception):
    """Something that can't be exported: the rule, what, why and what to do; `field` is the argument it stands in."""

    def __init__(self, code: Code, what: str, *, why: str, fix: str, field: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.why, self.fix, self.field = code, what, why, fix, field

    def at(self, where: Location) -> Diagnostic:
        """The diagnostic at a place."""
        place = replace(where, field=self.field) if self.field else where
        return Diagnostic(code=self.code, message=self.what, location=place, why=self.why, fix=self.fix)
