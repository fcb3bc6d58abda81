"""The words of MJML 4: which tags there are, what they may stand in, and which attributes they take.

The renderer passes unknown tags and drops unknown attributes without a word, so a misspelt one would only be seen by
the readers of the letter.
"""

from __future__ import annotations

from collections.abc import Mapping

_PADDING = "padding padding-top padding-right padding-bottom padding-left"
_INNER = "inner-padding inner-padding-top inner-padding-right inner-padding-bottom inner-padding-left"
_BORDER = "border border-top border-right border-bottom border-left border-radius"
_INNER_BORDER = (
    "inner-border inner-border-top inner-border-right inner-border-bottom inner-border-left inner-border-radius"
)
_FONT = "color font-family font-size font-style font-weight letter-spacing line-height text-decoration text-transform"
_BLOCK = f"align container-background-color {_PADDING}"
_BACKGROUND = ("background-color background-url background-repeat background-size background-position"
               " background-position-x background-position-y")  # fmt: skip
_ICONS = ("icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url icon-width icon-wrapped-alt"
          " icon-wrapped-url")  # fmt: skip

ANYWHERE = frozenset(["css-class", "mj-class"])
"""Attributes that every tag of the body takes."""

_BODY: Mapping[str, str] = {
    "mj-body": "background-color width lang dir id",
    "mj-wrapper": f"{_BACKGROUND} {_BORDER} {_PADDING} direction full-width text-align gap",
    "mj-section": f"{_BACKGROUND} {_BORDER} {_PADDING} direction full-width text-align text-padding",
    "mj-group": "background-color direction vertical-align width",
    "mj-column": f"background-color {_BORDER} {_INNER_BORDER} {_PADDING} inner-background-color direction"
                 " vertical-align width",
    "mj-text": f"{_BLOCK} {_FONT} background-color height vertical-align",
    "mj-button": f"{_BLOCK} {_FONT} {_BORDER} background-color inner-padding height href name rel target text-align"
                 " title vertical-align width",
    "mj-image": f"{_BLOCK} {_BORDER} alt fluid-on-mobile height href max-height name rel sizes src srcset target title"
                " usemap width font-size",
    "mj-divider": f"{_BLOCK} border-color border-style border-width width",
    "mj-spacer": f"container-background-color {_PADDING} {_BORDER} height width vertical-align",
    "mj-table": f"{_BLOCK} {_FONT} cellpadding cellspacing role border table-layout vertical-align width",
    "mj-raw": "position",
    "mj-hero": f"{_BACKGROUND} {_PADDING} {_INNER} align background-height background-width border-radius"
               " container-background-color height inner-background-color mode text-align vertical-align width",
    "mj-accordion": f"{_BLOCK} {_ICONS} border font-family",
    "mj-accordion-element": f"{_ICONS} background-color border font-family",
    "mj-accordion-title": f"{_PADDING} background-color color font-family font-size font-weight",
    "mj-accordion-text": f"{_PADDING} background-color color font-family font-size font-weight letter-spacing"
                         " line-height",
    "mj-carousel": f"{_BLOCK} border-radius icon-width left-icon right-icon tb-border tb-border-radius"
                   " tb-hover-border-color tb-selected-border-color tb-width thumbnails",
    "mj-carousel-image": "alt border-radius href rel src target tb-border tb-border-radius thumbnails-src title",
    "mj-navbar": "align base-url hamburger ico-align ico-close ico-color ico-font-family ico-font-size ico-line-height"
                 " ico-open ico-padding ico-padding-top ico-padding-right ico-padding-bottom ico-padding-left"
                 " ico-text-decoration ico-text-transform " + _PADDING,
    "mj-navbar-link": f"{_FONT} {_PADDING} href name rel target",
    "mj-social": f"{_BLOCK} {_FONT} border-radius icon-height icon-padding icon-size inner-padding mode table-layout"
                 " text-padding vertical-align",
    "mj-social-element": f"{_PADDING} {_FONT} align alt background-color border-radius href icon-height icon-padding"
                         " icon-position icon-size name rel src sizes srcset target text-padding title vertical-align",
}  # fmt: skip
_HEAD: Mapping[str, str] = {
    "mjml": "lang dir owa xmlns",
    "mj-head": "",
    "mj-title": "",
    "mj-preview": "",
    "mj-breakpoint": "width",
    "mj-font": "name href",
    "mj-style": "inline",
    "mj-attributes": "",
}

TAGS: Mapping[str, frozenset[str]] = {
    **{name: frozenset(words.split()) for name, words in _HEAD.items()},
    **{name: frozenset(words.split()) | ANYWHERE for name, words in _BODY.items()},
}
"""Every tag and the attributes that it takes."""

HOLDS_HTML = frozenset([
    "mj-text", "mj-button", "mj-table", "mj-raw", "mj-accordion-title", "mj-accordion-text", "mj-navbar-link",
    "mj-social-element", "mj-title", "mj-preview", "mj-style",
])  # fmt: skip
"""Tags whose content is text or HTML and passes through as it is."""

_CONTENT = frozenset([
    "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table", "mj-raw", "mj-accordion", "mj-carousel",
    "mj-navbar", "mj-social",
])  # fmt: skip
CHILDREN: Mapping[str, frozenset[str]] = {
    "": frozenset(["mjml"]),
    "mjml": frozenset(["mj-head", "mj-body", "mj-raw"]),
    "mj-head": frozenset(["mj-title", "mj-preview", "mj-breakpoint", "mj-font", "mj-style", "mj-attributes", "mj-raw"]),
    "mj-body": frozenset(["mj-section", "mj-wrapper", "mj-hero", "mj-raw"]),
    "mj-wrapper": frozenset(["mj-section", "mj-hero", "mj-raw"]),
    "mj-section": frozenset(["mj-column", "mj-group", "mj-raw"]),
    "mj-group": frozenset(["mj-column", "mj-raw"]),
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
    "mj-accordion": frozenset(["mj-accordion-element", "mj-raw"]),
    "mj-accordion-element": frozenset(["mj-accordion-title", "mj-accordion-text", "mj-raw"]),
    "mj-carousel": frozenset(["mj-carousel-image"]),
    "mj-navbar": frozenset(["mj-navbar-link", "mj-raw"]),
    "mj-social": frozenset(["mj-social-element", "mj-raw"]),
}
"""What may stand directly in what (`mj-attributes` holds any tag of the body, `mj-all` and `mj-class`)."""

VERBATIM = frozenset(["href", "src", "alt", "title", "name", "rel", "target", "color", "background-color",
                      "container-background-color", "css-class"])  # fmt: skip
"""Attributes that come out as they went in, so that a Jinja tag may stand in them while MJML is compiled once."""

LINK_TAGS = frozenset(
    ["a", "area", "mj-button", "mj-image", "mj-navbar-link", "mj-social-element", "mj-carousel-image"]
)
"""Tags whose `href` a reader can click."""


UNSUPPORTED: Mapping[str, str] = {
    "mj-include": "write {% include 'file.mjml' %}",
    "mj-html-attributes": "write the attribute where it belongs",
    "mj-selector": "write the attribute where it belongs",
}
"""Tags of MJML that we do not take, and what to write instead."""
