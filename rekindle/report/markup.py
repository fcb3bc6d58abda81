"""HTML and SVG as text that is escaped unless it was made here."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: object) -> Markup:
    """One element. Plain texts among `children` are escaped; `class_` is class, `stroke_width` is stroke-width.

    An attribute that is None or False is left out, True stands alone. An element without children closes itself in
    SVG's way, which HTML reads too for the elements that the report uses so.
    """
    shown = "".join(_attribute(key, value) for key, value in attributes.items())
    inside = "".join(child if isinstance(child, Markup) else escape(child, quote=False) for child in children)
    if not children:
        return Markup(f"<{name}{shown}/>")
    return Markup(f"<{name}{shown}>{inside}</{name}>")


def joined(*parts: str) -> Markup:
    """Several pieces, one after another; plain texts are escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part, quote=False) for part in parts))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = _NAMES.get(key, key.rstrip("_").replace("_", "-"))
    if value is True:
        return f" {name}"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(text, quote=True)}"'


_NAMES = {"viewBox": "viewBox", "preserveAspectRatio": "preserveAspectRatio"}
