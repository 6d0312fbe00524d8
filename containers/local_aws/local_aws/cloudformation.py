"""CloudFormation refuses a template as AWS does: a ValidationError in a sentence, and nothing of the stack is left.

moto answers with HTTP 500 where a template isn't well-formed, with another service's error where a resource can't be
made, and keeps what it has made of the stack until then, its name too.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
from moto.cloudformation import parsing, urls
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends

logger = logging.getLogger(__name__)


class ResourceRefused(ValidationError):  # type: ignore[misc]  # noqa: N818 - moto has no types for us
    """A resource couldn't be created or updated; AWS says this in the stack's events."""


class LocalCloudFormation(CloudFormationBackend):  # type: ignore[misc]  # moto has no types for us
    """moto's stacks, with refusals that a client can read."""

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside this module.
        return urls

    def create_stack(self, name: str, template: str, *arguments: Any, **settings: Any) -> Any:
        """As moto's; a stack that can't be made is removed again, with what was made of it."""
        check_template(template)
        before = set(self.stacks)
        try:
            with _refusals():
                return super().create_stack(name, template, *arguments, **settings)
        except CloudFormationError:
            for stack_id in set(self.stacks) - before:
                self._roll_back(stack_id)
            raise

    def create_change_set(self, *, template: str, **settings: Any) -> Any:
        """As moto's, of a well-formed template."""
        check_template(template)
        with _refusals():
            return super().create_change_set(template=template, **settings)

    def execute_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
        """As moto's; the stack has its outputs and exports, which moto leaves out here."""
        with _refusals():
            super().execute_change_set(change_set_name, stack_name)
            for change_set in self.change_sets.values():
                if change_set_name in (change_set.change_set_id, change_set.change_set_name):
                    stack = self.stacks[change_set.stack_id]
                    stack.parameters = change_set.parameters
                    self._read_outputs(stack)

    def update_stack(self, name: str, template: str, *arguments: Any, **settings: Any) -> Any:
        """As moto's, of a well-formed template; without one the stack keeps its own."""
        if template:
            check_template(template)
        with _refusals():
            return super().update_stack(name, template, *arguments, **settings)

    def validate_template(self, template: str) -> Any:
        """As moto's, of a well-formed template."""
        check_template(template)
        with _refusals():
            return super().validate_template(template)

    def _read_outputs(self, stack: Any) -> None:
        stack._parse_template()
        stack.output_map = stack._create_output_map()
        self.exports.update({export.name: export for export in stack.exports})

    def _roll_back(self, stack_id: str) -> None:
        stack = self.stacks.pop(stack_id)
        for name in [name for name, export in self.exports.items() if export.exporting_stack_id == stack_id]:
            del self.exports[name]
        try:
            stack.resource_map.delete()
        except Exception as error:
            logger.warning("Not all of the refused stack %s could be removed: %r", stack.name, error)


def install() -> None:
    """Put this in the place of moto's."""
    cloudformation_backends.backend = LocalCloudFormation
    parsing.parse_and_create_resource = _naming(parsing.parse_and_create_resource)
    parsing.parse_and_update_resource = _naming(parsing.parse_and_update_resource)


def check_template(template: str) -> None:
    """Raise ValidationError, in AWS's words, for a text that is no template."""
    kind = "JSON" if str(template).lstrip().startswith("{") else "YAML"  # JSON is YAML too
    try:
        root = yaml.compose(template, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else f" ({error})"
        raise ValidationError(message=f"Template format error: {kind} not well-formed.{where}") from error
    if not isinstance(root, yaml.MappingNode):
        raise ValidationError(message="Template format error: unsupported structure.")
    members = {key.value: value for key, value in root.value}
    if not getattr(members.get("Resources"), "value", None):
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Turn whatever else goes wrong into CloudFormation's own error."""
    try:
        yield
    except CloudFormationError:
        raise
    except Exception as error:
        raise ValidationError(message=f"Template error: {_said(error)}") from error


def _naming(make: Callable[..., Any]) -> Callable[..., Any]:
    """`make` of one resource, with the resource named in its errors."""

    def named(logical_id: str, resource_json: Any, *rest: Any, **settings: Any) -> Any:
        try:
            return make(logical_id, resource_json, *rest, **settings)
        except ResourceRefused:  # of one that this one refers to
            raise
        except Exception as error:
            kind = resource_json.get("Type") if isinstance(resource_json, dict) else None
            raise ResourceRefused(message=f"Resource {logical_id} ({kind}): {_said(error)}") from error

    return named


def _said(error: Exception) -> str:
    """An error's own sentence; a Python error, of a property that moto needs and didn't get, with its name."""
    message = getattr(error, "message", None)
    if message:
        return str(message)
    logger.exception("moto failed on a template", exc_info=error)
    return f"{type(error).__name__}: {error}"
