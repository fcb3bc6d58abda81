"""A posted form, read with a small cap; whatever cannot be read is an empty form, never an error."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

LARGEST = 4096
"""Octets of a body; a one-click POST has some 30, multipart some 200."""

PATIENCE = 10.0
"""Seconds in which the whole body must have come."""


class TooLargeError(Exception):
    """The body is larger than any form of ours."""


async def read_form(request: Request) -> dict[str, list[str]]:
    """The fields of an urlencoded body; empty for any other kind, an empty or a broken one. Raises TooLargeError."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > LARGEST:
        raise TooLargeError
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(request)
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=200)
    except (ValueError, TimeoutError, ClientDisconnect):
        return {}


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise TooLargeError
    return body
