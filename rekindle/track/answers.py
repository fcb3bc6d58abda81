"""Answers: how every one of them is dressed, and the few that are always the same."""

from __future__ import annotations

import base64

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .pages import STYLE_HASH

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
"""A transparent GIF of one pixel, 43 octets."""

HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
}
"""On every answer that says nothing else. Mail readers show a pixel elsewhere: no Cross-Origin-Resource-Policy."""

LETTER_POLICY = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
    " allow-top-navigation-by-user-activation"
)
"""A letter has its own styles and its pictures where the marketer put them; it may do nothing but show and lead on."""


class Dressed:
    """The application with HEADERS on whatever it answers, its errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, dressed if scope["type"] == "http" else send)


def pixel() -> Response:
    """The open pixel."""
    return Response(PIXEL, media_type="image/gif")


def onward(url: str) -> Response:
    """On to where the link leads. `url` is one of ours, stored when the letter was sent."""
    response = Response(status_code=302)
    response.headers["location"] = url
    return response


def page(text: str, status: int = 200) -> Response:
    """A page of ours."""
    return HTMLResponse(text, status_code=status)


def letter(text: str) -> Response:
    """A letter shown as a page."""
    return HTMLResponse(text, headers={"content-security-policy": LETTER_POLICY})
