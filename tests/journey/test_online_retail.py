"""The whole of Online Retail (Chen, D., UCI Machine Learning Repository) by the demo's own map."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
CONFIGURATION = """
organisation: {name: Shop, address: "1 Street"}
from: Shop <hello@shop.example>
timezone: UTC
currency: GBP
topics: {offers: Offers}
"""


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not beside the checkout")
def test_every_line_comes_in_and_the_figures_are_the_published_ones(
    workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., Any]
) -> None:
    """541,909 lines; 4,338 buyers with 397,884 lines worth 8,911,407.90; 1,449 of them silent for 90 days."""
    at = ("-C", workspace({"rekindle.yml": CONFIGURATION}), "--now", "2011-12-10", "--json")
    map_path = ROOT / "rekindle" / "demo" / "online-retail.map.yml"
    ran = rekindle(*at, "import", "orders", FILE, "--map", map_path)
    assert ran.code == 0
    document = json.loads(ran.out)
    assert (document["rows"], document["refused"], document["refused_by_rule"]) == (541_909, 135_120, 135_120)
    for where, expected in (("{last_order_at: {older_than: 90 days}}", 1_449), ("{bought: true}", 4_338)):
        counted = rekindle(*at, "segment", "count", "--where", where)
        assert json.loads(counted.out)["count"] == expected
