"""The orders that come back in the fortnight after the letter, as the shop would export them. Simulated, and said so.

Everybody in the audience, mailed or held out, has the same small chance to buy of their own accord; whoever clicked has
a second one. That second chance is the letter's true effect, which the report has to find.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from .readers import chance

OF_THEIR_OWN = 0.03
AFTER_A_CLICK = 0.30
FIRST_NUMBER = 900_001
MEAN_AMOUNT = 320


def write_returns(file: Path, audience: Iterable[tuple[str, str]], clicked: set[str], since: datetime) -> int:
    """Write the orders of those who buy again; how many. `audience` gives (external id, address) of everyone drawn."""
    buyers = [
        (external_id, address)
        for external_id, address in audience
        if chance(address, "buys") < OF_THEIR_OWN
        or (address in clicked and chance(address, "buys after the click") < AFTER_A_CLICK)
    ]
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["InvoiceNo", "InvoiceDate", "CustomerID", "Amount", "Description"])
        for number, (external_id, address) in enumerate(buyers, FIRST_NUMBER):
            moment = since + timedelta(hours=5 + 320 * chance(address, "when"))
            amount = MEAN_AMOUNT * (0.2 + 1.6 * chance(address, "how much"))
            rows.writerow([number, f"{moment:%Y-%m-%d %H:%M:%S}", external_id, f"{amount:.2f}", "CHRISTMAS SHELF"])
    return len(buyers)
