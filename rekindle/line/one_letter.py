"""One letter outside of every mailing: the notice to the firm itself, the test that somebody wants to look at."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..deliver.envelope import Envelope
from ..deliver.transport import transport_for
from ..model.delivery import Outcome, OutcomeKind
from ..model.error import RelayError


def hand_over_one(url: str, root: Path, envelope: Envelope) -> str:
    """Hand one letter to the relay at `url`; its answer. Raises RelayError where the letter is not accepted."""
    outcome = asyncio.run(_hand_over(url, root, envelope))
    if outcome.kind is not OutcomeKind.ACCEPTED:
        why = outcome.reply or outcome.reason or "no answer"
        raise RelayError(f"the relay did not take the letter to {envelope.recipient}: {why}")
    return outcome.reply


async def _hand_over(url: str, root: Path, envelope: Envelope) -> Outcome:
    session = await transport_for(url, root).open()
    try:
        return await session.hand_over(envelope, asyncio.sleep(0))
    finally:
        await session.close()
