"""What several commands' tests begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from smtp_server import SmtpServer

from rekindle.store.engine import Store
from rekindle.store.opening import open_store

Relayed = Callable[..., tuple[Path, Store]]


@pytest.fixture
def relayed(
    workspace: Callable[..., Path], serve: Callable[..., SmtpServer], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Relayed]:
    """Write a workspace whose letters go to the fault server, with these options of it; its folder and its store."""
    with ExitStack() as stack:

        def write(files: Mapping[str, str], **options: Any) -> tuple[Path, Store]:
            root = workspace(files)
            monkeypatch.setenv("REKINDLE_SMTP_URL", serve(**options).url)
            monkeypatch.setenv("REKINDLE_SECRET_KEY", "0123456789abcdef")
            monkeypatch.setenv("REKINDLE_PUBLIC_URL", "https://mail.shop.example")
            store = open_store(f"sqlite:///{root / 'rekindle.db'}")
            stack.callback(store.close)
            return root, store

        yield write
