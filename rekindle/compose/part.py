"""One part of a letter (subject, preheader, HTML, text): a compiled template that knows where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from jinja2 import TemplateError, TemplateNotFound, UndefinedError
from jinja2.runtime import new_context

from ..model.error import RekindleError
from ..model.letter import UnrenderableError
from ..model.problem import Position
from .environment import LetterEnvironment, printed
from .expand import FOLDER


class Part:
    """`source` compiled in `environment`; `places` says for each of its lines where that was written, else `at`."""

    def __init__(
        self, environment: LetterEnvironment, source: str, places: Mapping[int, Position], at: Position | None
    ) -> None:
        self._places = places
        self.at = at
        self.constant = "{" not in source
        self._source = source
        self._template = environment.from_string(source)
        self._globals = dict(self._template.globals)

    def render(self, values: Mapping[str, Any], contact_id: int) -> str:
        """The text of this part with `values` filled in. Raises UnrenderableError with the place that failed."""
        return "".join(self.chunks(values, contact_id))

    def chunks(self, values: Mapping[str, Any], contact_id: int) -> list[str]:
        """The same as it is printed, piece by piece: what the template says by itself is one object in all letters."""
        if self.constant:
            return [self._source]
        template = self._template
        try:
            names = {**self._globals, **values}
            context = new_context(template.environment, template.name, template.blocks, names, shared=True)
            return printed(template.root_render_func(context))
        except RekindleError:
            raise
        except Exception as error:
            raise UnrenderableError(contact_id, _reason(error), self._place(error.__traceback__)) from error

    def _place(self, trace: TracebackType | None) -> Position | None:
        """The innermost line of a template in the traceback, as it was written."""
        place = self.at
        while trace is not None:
            template = trace.tb_frame.f_globals.get("__jinja_template__")
            if template is None and trace.tb_frame.f_code.co_filename == self._template.filename:
                template = self._template
            if template is not None:
                line = template.get_corresponding_lineno(trace.tb_lineno)
                if template is self._template:
                    place = self._places.get(line, self.at)
                elif template.name:
                    place = Position(FOLDER + template.name, line)
            trace = trace.tb_next
        return place


def _reason(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no templates/{error.name}" if str(error) == str(error.name) else str(error)
    if isinstance(error, UndefinedError | TemplateError):
        return str(error)
    words = str(error) or type(error).__name__
    return words if words[0].islower() or not isinstance(error, ArithmeticError) else f"cannot compute: {words}"
