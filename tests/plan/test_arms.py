from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest

from rekindle.model.address import Mailbox
from rekindle.model.campaign import Campaign, Holdout, Variant
from rekindle.plan.arms import Arm, arm_at, arm_salt, arms_of, draw_arm


def campaign(holdout: str = "0.10", *variants: Variant, keep: bool = False, name: str = "winback") -> Campaign:
    held = Holdout(Decimal(holdout), keep)
    return Campaign(name, "offers", ("s",), Mailbox("a@b.example"), "s", "t.mjml", holdout=held, variants=variants)


def chi_square(counts: list[int], expected: list[float]) -> float:
    return sum((count - wanted) ** 2 / wanted for count, wanted in zip(counts, expected, strict=True))


def test_the_holdout_comes_first_and_the_single_letter_has_the_rest() -> None:
    assert arms_of(campaign()) == (Arm("holdout", 0, 1000), Arm("letter", 1000, 10_000))


def test_without_a_holdout_everyone_is_mailed() -> None:
    assert arms_of(campaign("0")) == (Arm("letter", 0, 10_000),)


def test_everyone_held_out_leaves_no_letter() -> None:
    assert arms_of(campaign("1")) == (Arm("holdout", 0, 10_000),)


@pytest.mark.parametrize(
    ("variants", "edges"),
    [
        ([None, None], [1000, 5500, 10_000]),
        ([None, None, None], [1000, 4000, 7000, 10_000]),
        (["0.25", "0.75"], [1000, 3250, 10_000]),
        (["0.5", None, None], [1000, 5500, 7750, 10_000]),
        (["0.2", None], [1000, 2800, 10_000]),
    ],
)
def test_variants_divide_the_mailed_part_in_file_order(variants: list[str | None], edges: list[int]) -> None:
    """`share` is of the mailed part; who says nothing gets an equal part of what is left."""
    made = tuple(Variant(f"v{n}", None if share is None else Decimal(share)) for n, share in enumerate(variants))
    arms = arms_of(campaign("0.10", *made))
    assert [arm.first for arm in arms[1:]] + [arms[-1].end] == edges
    assert [arm.name for arm in arms] == ["holdout", *(variant.name for variant in made)]


@pytest.mark.parametrize("holdout", ["0", "0.00005", "0.1", "0.12345", "0.33333333", "0.99999", "1"])
@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_the_arms_cover_the_whole_range_without_a_gap(holdout: str, number: int) -> None:
    arms = arms_of(campaign(holdout, *(Variant(f"v{n}") for n in range(number))))
    assert arms[0].first == 0
    assert arms[-1].end == 10_000
    assert all(before.end == after.first for before, after in pairwise(arms))


def test_u_below_the_share_is_held_out() -> None:
    """u below holdout x 10000: with 12.345 % the number 1234 is below 1234.5 and 1235 is not."""
    arms = arms_of(campaign("0.12345"))
    assert (arm_at(1234, arms), arm_at(1235, arms)) == ("holdout", "letter")


def test_the_draw_of_a_known_contact() -> None:
    """md5("winback/2026-11:ann@shop.example") begins with 8 digits whose number mod 10000 decides; kept for ever."""
    import hashlib

    number = int(hashlib.md5(b"winback/2026-11:ann@shop.example").hexdigest()[:8], 16) % 10_000
    expected = "holdout" if number < 5000 else "letter"
    assert draw_arm(campaign("0.5"), "2026-11", "ann@shop.example", 7) == expected


def test_a_contact_without_an_address_is_drawn_by_its_id() -> None:
    drawn = {draw_arm(campaign("0.5"), "p", "", contact_id) for contact_id in range(50)}
    assert drawn == {"holdout", "letter"}


def test_the_holdout_is_even_over_100_000_contacts() -> None:
    """Each arm gets its share: chi-square with 2 degrees of freedom below the 0.1 % bound (13.8)."""
    arms = campaign("0.2", Variant("a", Decimal("0.25")), Variant("b"))
    drawn = Counter(draw_arm(arms, "2026-11", f"u{n}@shop.example", n) for n in range(100_000))
    assert chi_square([drawn["holdout"], drawn["a"], drawn["b"]], [20_000, 20_000, 60_000]) < 13.8


def test_a_rerun_gives_the_same_arms_and_another_period_others() -> None:
    """Stable within a period; independent from one period and one campaign to the next."""
    keys = [f"u{n}@shop.example" for n in range(20_000)]

    def draw(period: str, name: str = "winback") -> list[str]:
        return [draw_arm(campaign("0.5", name=name), period, key, 1) for key in keys]

    first = draw("2026-11")
    assert draw("2026-11") == first
    for other in (draw("2026-12"), draw("2026-11", "promo")):
        both = Counter(zip(first, other, strict=True))
        # independence: every cell of the four has a quarter; chi-square with 3 degrees of freedom, 0.1 % bound
        assert chi_square([both[cell] for cell in sorted(both)], [5000.0] * 4) < 16.3


def test_keep_campaign_holds_out_the_same_people_every_period() -> None:
    kept = campaign("0.3", keep=True)
    assert arm_salt(kept, "2026-11") == arm_salt(kept, "2026-12") == "winback"
    assert arm_salt(campaign(), "2026-11") == "winback/2026-11"
