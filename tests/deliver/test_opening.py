"""The words that open a letter: what the server offers is used, what it does not is never said."""

from __future__ import annotations

import pytest

from rekindle.deliver.envelope import Envelope
from rekindle.deliver.opening import Offers, original_recipient, xtext
from rekindle.model.delivery import Outcome

PLAIN = Envelope("b+word@shop.test", "anna@reader.test", b"Subject: x\r\n\r\nhi\r\n", "<5.abc@shop.test>")
EVERYTHING = {"pipelining": "", "smtputf8": "", "8bitmime": "", "dsn": "", "size": "1000"}


def said(extensions: dict[str, str], envelope: Envelope) -> list[str]:
    words = Offers.read(extensions).words(envelope)
    assert isinstance(words, list), words
    return [word.decode().removesuffix("\r\n") for _, word in words]


def test_a_server_that_offers_nothing_is_told_the_addresses_alone() -> None:
    assert said({}, PLAIN) == ["MAIL FROM:<b+word@shop.test>", "RCPT TO:<anna@reader.test>", "DATA"]


def test_reports_name_the_letter_and_the_reader_where_they_are_offered() -> None:
    """RFC 3461: the headers come back, not the letter; ENVID is the Message-ID, ORCPT the address as it was given."""
    assert said(EVERYTHING, PLAIN) == [
        "MAIL FROM:<b+word@shop.test> SIZE=18 RET=HDRS ENVID=5.abc@shop.test",
        "RCPT TO:<anna@reader.test> ORCPT=rfc822;anna@reader.test",
        "DATA",
    ]


def test_an_address_outside_ascii_is_said_in_utf8() -> None:
    """RFC 6531 and RFC 6533: A-labels in the path, the address as it was given in ORCPT."""
    letter = Envelope("b@shop.test", "почта+x@домен.рф", "To: <почта+x@домен.рф>\r\n\r\n".encode(), "<1@shop.test>")
    mail, rcpt, _ = said(EVERYTHING, letter)
    assert mail.endswith(" BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=1@shop.test")
    assert rcpt == "RCPT TO:<почта+x@xn--d1acufc.xn--p1ai> ORCPT=utf-8;почта\\x{2B}x@домен.рф"
    assert isinstance(Offers.read({"dsn": ""}).words(letter), Outcome)


def test_a_domain_outside_ascii_alone_needs_no_smtputf8() -> None:
    """RFC 6531 3.7.1: without that word on MAIL all that is said is ASCII, ORCPT too (RFC 3461 4.2)."""
    letter = Envelope("b@магазин.рф", "u+x@домен.рф", b"Subject: x\r\n\r\n", "<1@магазин.рф>")
    for offers in (EVERYTHING, {"dsn": ""}):
        words = said(offers, letter)
        assert " SMTPUTF8" not in words[0]
        assert all(word.isascii() for word in words), words
        assert words[1] == "RCPT TO:<u+x@xn--d1acufc.xn--p1ai> ORCPT=rfc822;u+2Bx@xn--d1acufc.xn--p1ai"


@pytest.mark.parametrize("sender", ["+word@", f"{'a' * 26}+{'w' * 39}@shop.test", "ж@shop.test"])
def test_a_return_path_of_ours_that_cannot_be_is_never_the_readers_fault(sender: str) -> None:
    """As `recipient` it would be a hard bounce, and suppress everybody there is."""
    refused = Offers.read({}).words(Envelope(sender, "anna@reader.test", b"\r\n"))
    assert isinstance(refused, Outcome)
    assert (refused.reason, refused.about_recipient) == ("policy", False)
    assert refused.reply.startswith(
        "the letter has a return path that" if "ж" in sender else "the letter has no return path"
    )


@pytest.mark.parametrize("message_id", ["", "<>", f"<{'a' * 101}@x.test>", f"<{'+' * 40}@x.test>"])
def test_no_more_than_a_hundred_characters_are_an_envid(message_id: str) -> None:
    mail, *_ = said({"dsn": ""}, Envelope("b@shop.test", "a@x.test", b"\r\n", message_id))
    assert mail == "MAIL FROM:<b@shop.test> RET=HDRS"


@pytest.mark.parametrize(
    ("text", "written"),
    [("a+b=c", "a+2Bb+3Dc"), ("a b\r\n", "a+20b+0D+0A"), ("ж", "+D0+B6"), ("!#$%&'*/?^_`{|}~.-", "!#$%&'*/?^_`{|}~.-")],
)
def test_xtext(text: str, written: str) -> None:
    """RFC 3461 4: nothing in it can end the parameter or the line."""
    assert xtext(text) == written


def test_no_address_can_add_a_parameter_or_a_line() -> None:
    """Whatever an address holds, ORCPT is one word of printable characters."""
    for address in ("a b@x.test", "a\r\nRCPT TO:<evil@x.test>", "a=b@x.test NOTIFY=NEVER", "ж\\ =\x00@x"):
        value = original_recipient(address)
        assert " " not in value
        assert value.isprintable()


@pytest.mark.parametrize(("size", "most"), [("", 0), ("0", 0), ("35651584", 35651584), ("lots", 0), ("²", 0)])
def test_the_largest_letter(size: str, most: int) -> None:
    """RFC 1870: a server may say that it takes SIZE and no number, or 0 for no limit."""
    assert Offers.read({"size": size}).most == most
