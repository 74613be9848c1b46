"""Why a text of a template gives nothing. An exception inside this package only: the engine
calls filters and takes nothing else from them; `expand` makes values of it."""

from dataclasses import dataclass


class TemplateFailure(Exception):
    """`code` is stable, `text` a sentence without its place; `variable` what was missing."""

    def __init__(self, code: str, text: str, variable: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.variable = variable


class NothingGiven(TemplateFailure):
    """A filter or function was given null, which is also how the engine hands it something
    undefined."""


UNDEFINED = "template_undefined"
TOO_COSTLY = "template_too_costly"
NOT_TEXT = "template_value_not_text"
NOT_JSON = "template_value_not_json"
INPUT_UNUSABLE = "template_input_unusable"
FAILED = "template_failed"
"""Any other refusal of the engine: `1 / 0`, a filter given what it cannot take."""


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """Something that keeps a template from being in force."""

    text: str
    pointer: str = ""
    """RFC 6901, into the template."""

    def __str__(self) -> str:
        return f"{self.pointer}: {self.text}" if self.pointer else self.text
