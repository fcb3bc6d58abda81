"""`rekindle serve`: the tracker and the pages."""

from __future__ import annotations

import click

from .door import Door


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8025, show_default=True, type=click.IntRange(0, 65535), help="The port (0: any free one)."
)
@click.option(
    "--journal",
    type=click.Path(file_okay=False, exists=True),
    help="Folder of the event journal where the store is no SQLite file (default: the workspace).",
)
@click.pass_obj
def command(door: Door, host: str, port: int, journal: str | None) -> None:
    """Listen for opens, clicks and unsubscribing, and show the pages.

    Put it behind a web server that speaks TLS for REKINDLE_PUBLIC_URL. SIGTERM ends it gracefully.
    """
    from pathlib import Path
    from urllib.parse import urlsplit

    from ..line.show_letter import ShownLetters
    from ..seal import Sealer
    from ..track.app import make_app
    from ..track.journal import journal_path
    from ..track.serving import listening_socket, serve, url_of

    sealer = Sealer(door.settings.need_secret())
    store = door.store
    app = make_app(
        store,
        sealer,
        door.workspace.configuration,
        journal=journal_path(store.engine.url.database if store.is_sqlite else None, Path(journal or door.root)),
        now=door.running_now,
        say=door.say,
        prefix=urlsplit(door.settings.public_url).path,
        letter_page=ShownLetters(store, sealer, door.settings.public_url.rstrip("/")).page,
    )
    bound = listening_socket(host, port)
    try:
        serve(app, bound, listening=lambda: door.say(f"listening on {url_of(bound)}"))
    finally:
        bound.close()
    door.say("stopped")
