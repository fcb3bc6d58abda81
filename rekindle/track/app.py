"""The web application: /o open, /c click, /u unsubscribe, /p preferences, /v view, /health; GET changes no consent.

The one-click POST is RFC 8058: no cookie, no login, no redirect, and whatever stands in the body it acts at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from ..model.address import ascii_domain
from ..model.configuration import Configuration
from ..model.error import StoreError
from ..seal import Purpose, Sealed, Sealer
from ..store.engine import Store
from ..store.tracked import TrackedDelivery
from .allowance import Allowance
from .answers import HEADERS, Dressed, letter, onward, page, pixel
from .form import TooLargeError, read_form
from .listener import Listener
from .lookup import Lookup, patiently
from .machines import machine_request
from .pages import Pages
from .record import Record, RecordKind
from .words import Words, words_for

PAGES_PER_SECOND = 50.0
PAGES_AT_ONCE = 2000
"""Pages one address may ask for; pixels, links and one-click POSTs are never refused (a provider fetches for many)."""


def make_app(
    store: Store,
    sealer: Sealer,
    configuration: Configuration,
    *,
    journal: Path,
    now: Callable[[], datetime],
    say: Callable[[str], None] = lambda _words: None,
    prefix: str = "",
    letter_page: Callable[[int], str | None] | None = None,
) -> Starlette:
    """The tracker as an ASGI application; its lifespan holds the journal and the store thread.

    `journal`: the file (see journal.journal_path); `now`: the running clock, aware; `say`: words for the operator;
    `prefix`: the path of the public URL, where it has one (`/mail`): everything answers under it too; `letter_page`:
    a delivery's letter as HTML (see line.show_letter), or None where it cannot be shown any more.
    `app.state.listener` is the Listener.
    """
    listener = Listener(store, journal, now, say, tracking_default=configuration.tracking)
    endpoints = _Endpoints(Lookup(store), sealer, configuration, listener, now=now, letter_page=letter_page)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        listener.start()  # does nothing where `serve` has started it, to have its errors in words
        yield
        await run_sync(listener.stop)

    routes: list[BaseRoute] = list(endpoints.routes())
    if prefix.strip("/"):
        routes.append(Mount("/" + prefix.strip("/"), routes=endpoints.routes()))
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Dressed)],
        exception_handlers={
            404: endpoints.lost,
            _Lost: endpoints.lost,
            StoreError: endpoints.later,
            TooLargeError: endpoints.too_large,
            500: endpoints.later,
        },
    )
    app.router.redirect_slashes = False
    app.state.listener = listener
    return app


class _Lost(Exception):
    """The seal is not ours, or what it names is not there: the same answer for both."""


class _Endpoints:
    def __init__(
        self,
        lookup: Lookup,
        sealer: Sealer,
        configuration: Configuration,
        listener: Listener,
        *,
        now: Callable[[], datetime],
        letter_page: Callable[[int], str | None] | None,
    ) -> None:
        self._letter_page = letter_page or (lambda _delivery_id: None)
        self._lookup = lookup
        self._sealer = sealer
        self._configuration = configuration
        self._listener = listener
        self._now = now
        self._pages = Pages(configuration)
        self._allowance = Allowance(PAGES_PER_SECOND, PAGES_AT_ONCE)

    def routes(self) -> list[Route]:
        return [
            Route("/o/{seal}.gif", self.opened),
            Route("/c/{seal}", self.clicked),
            Route("/u/{seal}", self.leave),
            Route("/u/{seal}", self.left, methods=["POST"]),
            Route("/p/{seal}", self.choose),
            Route("/p/{seal}", self.chose, methods=["POST"]),
            Route("/v/{seal}", self.view),
            Route("/health", self.health),
            Route("/robots.txt", self.robots),
        ]

    async def opened(self, request: Request) -> Response:
        """The pixel: no store is asked, so no store delays it."""
        sealed = self._unsealed(Purpose.OPEN, request)
        self._listener.heard(self._record(RecordKind.OPENED, sealed, request))
        return pixel()

    async def clicked(self, request: Request) -> Response:
        """On to the stored link; nothing in the request can change where."""
        sealed = self._unsealed(Purpose.CLICK, request)
        url = _location(await self._lookup.link(sealed.link_id) or "")
        if not url:
            raise _Lost
        self._listener.heard(self._record(RecordKind.CLICKED, sealed, request))
        return onward(url)

    async def leave(self, request: Request) -> Response:
        """The unsubscribe page: shows, does nothing."""
        delivery = await self._delivery(Purpose.UNSUBSCRIBE, request)
        subscribed = await self._lookup.consented(delivery.contact_id, delivery.topic, self._now())
        words, preferences = self._words(delivery), self._preferences(delivery.delivery_id)
        return page(self._pages.leave(words, delivery.topic, preferences, subscribed=subscribed))

    async def left(self, request: Request) -> Response:
        """A mail provider's one click or the page's button: acts at once, and again does no harm."""
        sealed = self._unsealed(Purpose.UNSUBSCRIBE, request)
        form = await read_form(request)
        delivery = await self._delivery_if_the_store_answers(sealed)
        everything = form.get("scope") == ["all"]
        how = "page" if "scope" in form else "one-click"
        record = Record(RecordKind.UNSUBSCRIBED, sealed.delivery_id, self._now(), how=how, every_topic=everything)
        await self._listener.obey(record)
        words, topic = self._words(delivery), delivery.topic if delivery else ""
        preferences = self._preferences(sealed.delivery_id)
        return page(self._pages.left(words, topic, preferences, everything=everything))

    async def choose(self, request: Request) -> Response:
        """The preferences page: shows, does nothing."""
        delivery = await self._delivery(Purpose.PREFERENCES, request)
        topics = list(self._configuration.topics)
        chosen = await self._lookup.topics(delivery.contact_id, topics, self._now())
        return page(self._pages.choose(self._words(delivery), chosen, saved=False))

    async def chose(self, request: Request) -> Response:
        """The topics as ticked; none, or the button for everything, ends all letters."""
        delivery = await self._delivery(Purpose.PREFERENCES, request)
        form = await read_form(request)
        offered = tuple(self._configuration.topics)
        wanted = set() if "scope" in form else set(form.get("topic", []))
        chosen = tuple(topic for topic in offered if topic in wanted)
        record = Record(
            RecordKind.CHOSE, delivery.delivery_id, self._now(), how="preferences", offered=offered, chosen=chosen
        )
        await self._listener.obey(record)
        return page(self._pages.choose(self._words(delivery), chosen, saved=True))

    async def view(self, request: Request) -> Response:
        """The letter in the browser."""
        delivery = await self._delivery(Purpose.BROWSER, request)
        text = await patiently(lambda: self._letter_page(delivery.delivery_id))
        if text is None:
            raise _Lost
        return letter(text)

    async def health(self, _request: Request) -> Response:
        """200 while events are taken in, 503 with a reason where a person should look."""
        trouble = self._listener.trouble
        answer = {"status": "trouble" if trouble else "ok", "waiting": self._listener.waiting}
        return JSONResponse(answer, status_code=503 if trouble else 200)

    async def robots(self, _request: Request) -> Response:
        """Nothing here is for search engines."""
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    async def lost(self, _request: Request, _error: Exception) -> Response:
        """The one answer for everything that is not there."""
        return page(self._pages.lost(self._words(None)), 404)

    async def later(self, _request: Request, _error: Exception) -> Response:
        """The store or the disk does not let us: nothing is claimed to be done."""
        response = page(self._pages.later(self._words(None)), 503)
        # an unforeseen error is answered outside of Dressed
        response.headers.update(HEADERS | {"retry-after": "60"})
        return response

    async def too_large(self, _request: Request, _error: Exception) -> Response:
        """A body that no form of ours can have; nothing was done."""
        return page(self._pages.too_large(self._words(None)), 413)

    def _unsealed(self, purpose: Purpose, request: Request) -> Sealed:
        sealed = self._sealer.open(purpose, request.path_params["seal"])
        if sealed is None:
            raise _Lost
        return sealed

    async def _delivery(self, purpose: Purpose, request: Request) -> TrackedDelivery:
        sealed = self._unsealed(purpose, request)
        if not self._allowance.take(request.client.host if request.client else ""):
            raise HTTPException(429, headers={"retry-after": "60"})
        delivery = await self._lookup.delivery(sealed.delivery_id)
        if delivery is None:
            raise _Lost
        return delivery

    async def _delivery_if_the_store_answers(self, sealed: Sealed) -> TrackedDelivery | None:
        """None where the store does not answer: unsubscribing does not wait for it. Raises where there is no letter."""
        try:
            delivery = await self._lookup.delivery(sealed.delivery_id)
        except StoreError:
            return None
        if delivery is None:
            raise _Lost
        return delivery

    def _record(self, kind: RecordKind, sealed: Sealed, request: Request) -> Record:
        machine = machine_request(request.method, request.headers)
        return Record(kind, sealed.delivery_id, self._now(), link_id=sealed.link_id, machine=machine)

    def _words(self, delivery: TrackedDelivery | None) -> Words:
        return words_for(delivery.locale if delivery else "", self._configuration.locale)

    def _preferences(self, delivery_id: int) -> str:
        """Relative, so that it holds under any public URL."""
        return f"../p/{self._sealer.seal(Purpose.PREFERENCES, delivery_id)}"


def _location(url: str) -> str:
    """`url` fit for a Location header (ASCII, host as A-label), or empty where it is no web address."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        netloc = parts.netloc
        if not netloc.isascii():
            netloc = ascii_domain(parts.hostname) + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return ""
    return quote(parts._replace(netloc=netloc).geturl(), safe=":/?#[]@!$&'()*+,;=%-._~|")
