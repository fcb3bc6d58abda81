"""DKIM, held against another implementation (dkimpy), and against what must break a signature."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from rekindle.deliver.dkim import DkimKeyError, DkimSigner, dkim_signer

RSA = rsa.generate_private_key(65537, 2048)
ED = ed25519.Ed25519PrivateKey.generate()
LETTER = (
    b"Date: Sun, 01 Nov 2026 09:00:00 +0000\r\nFrom: =?utf-8?b?0KTQsNC60YLRg9GA0LA=?= <hello@shop.example>\r\n"
    b"To: a@reader.example\r\nMessage-ID: <1@shop.example>\r\n"
    b"Subject: =?utf-8?b?0JfQtNGA0LDQstGB?=\r\n =?utf-8?b?0YLQstGD?=\r\n"
    b"List-Unsubscribe: <https://mail.shop.example/u/abc>,\r\n <mailto:leave@shop.example?subject=x>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Id: Offers <offers.shop.example>\r\n"
    b"Feedback-ID: a:b:c:shopexample\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/alternative;\r\n boundary=\"=_x\"\r\n\r\n"
    b"--=_x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, world\r\n.dots\r\n\r\n\r\n--=_x--\r\n"
)  # fmt: skip


def pem(key: object) -> bytes:
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*kinds)  # type: ignore[attr-defined, no-any-return]


def zone(name: bytes, **_options: object) -> bytes | None:
    """What the DNS says of our selectors."""
    if name.startswith(b"r1._domainkey.shop.example"):
        shape = serialization.PublicFormat.SubjectPublicKeyInfo
        public = RSA.public_key().public_bytes(serialization.Encoding.DER, shape)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    raw = ED.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(raw)


def holds(content: bytes, index: int = 0) -> bool:
    try:
        return bool(dkim.DKIM(content).verify(idx=index, dnsfunc=zone))
    except dkim.DKIMException:
        return False


def signed_by(signer: DkimSigner, content: bytes) -> bytes:
    head, empty, body = content.partition(b"\r\n\r\n")
    return signer.signed([head + empty], body)


BOTH = DkimSigner("shop.example", [("r1", pem(RSA)), ("e1", pem(ED))])


def test_both_signatures_hold() -> None:
    """RSA for everybody, Ed25519 beside it (RFC 8463); the letter itself is as it was."""
    signed = signed_by(BOTH, LETTER)
    assert signed.endswith(LETTER)
    assert [holds(signed, 0), holds(signed, 1)] == [True, True]
    assert max(len(line) for line in signed.split(b"\r\n")) <= 78


@pytest.mark.parametrize("body", [b"", b"x\r\n", b"\xd0\x99\r\n.\r\n", b" x\r\n\r\ny\r\n"])
def test_every_canonical_body_holds(body: bytes) -> None:
    """That those of letters are canonical is said in tests/compose/test_mime.py."""
    head = LETTER.partition(b"\r\n\r\n")[0]
    assert holds(signed_by(BOTH, head + b"\r\n\r\n" + body))


def test_fields_in_pieces_are_the_fields() -> None:
    """What all letters of a mailing share is canonical once; of two fields of a name the last is signed first."""
    head, _, body = LETTER.partition(b"\r\n\r\n")
    fields = [line + b"\r\n" for line in re.split(rb"\r\n(?! )", head)]
    for extra in ([], [b"To: b@reader.example\r\n"], [b"X-Other: 1\r\n", b"subject:  x \r\n y\r\n"]):
        whole = BOTH.signed([b"".join(fields + extra) + b"\r\n"], body)
        assert BOTH.signed([*fields, *extra, b"\r\n"], body) == whole
        assert [holds(whole, 0), holds(whole, 1)] == [True, True]


SIGNED_FIELDS = [b"From", b"To", b"Subject", b"Date", b"Message-ID", b"List-Unsubscribe", b"List-Unsubscribe-Post",
                 b"List-Id", b"Feedback-ID", b"MIME-Version", b"Content-Type"]  # fmt: skip


@pytest.mark.parametrize("name", SIGNED_FIELDS)
def test_a_signed_header_that_is_changed_breaks_it(name: bytes) -> None:
    """What Gmail asks of one-click: both of its headers are covered (RFC 8058)."""
    signed = signed_by(BOTH, LETTER)
    changed = re.sub(rb"(?m)^(" + name + rb": .)", rb"\1z", signed, count=1)
    assert changed != signed
    assert not holds(changed)


@pytest.mark.parametrize("line", [b"From: Evil <e@evil.example>\r\n", b"Subject: other\r\n"])
def test_a_second_from_or_subject_breaks_it(line: bytes) -> None:
    assert not holds(line + signed_by(BOTH, LETTER))


def told_by_opendkim(folder: Path, *contents: bytes) -> list[bool]:
    """What opendkim-testmsg, which asks the DNS, says of each letter."""
    names = [f"{selector}._domainkey.shop.example" for selector in ("r1", "e1")]
    texts = {name: (zone(name.encode()) or b"").decode() for name in names}
    (folder / "zone.json").write_text(json.dumps(texts), encoding="utf-8")
    beside = str(Path(__file__).with_name("local_dns.py"))
    command = ["unshare", "-rmn", sys.executable, beside, str(folder / "zone.json"), str(OPENDKIM)]
    asked = json.dumps([content.decode("latin-1") for content in contents])
    ran = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=60, check=True)
    return [code == 0 for code, _ in json.loads(ran.stdout)]


OPENDKIM = shutil.which("opendkim-testmsg", path="/usr/sbin:/usr/bin:/usr/local/bin")
CAN_UNSHARE = (
    shutil.which("unshare")
    and not subprocess.run(["unshare", "-rmn", "true"], check=False, capture_output=True).returncode
)


@pytest.mark.skipif(OPENDKIM is None, reason="opendkim-testmsg is not installed (package opendkim-tools)")
@pytest.mark.skipif(not CAN_UNSHARE, reason="this machine lets nobody have a network of their own (unshare -rmn)")
def test_opendkim_verifies_what_we_sign_and_nothing_that_was_changed(tmp_path: Path) -> None:
    """The implementation that most receivers run: by RSA alone, beside Ed25519, and with one octet flipped anywhere."""
    rsa_alone = signed_by(DkimSigner("shop.example", [("r1", pem(RSA))]), LETTER)
    start, chance = rsa_alone.index(b"bh=") + 3, random.Random(11)
    changed = []
    while len(changed) < 40:
        at = chance.randrange(start, len(rsa_alone))
        octet = rsa_alone[at : at + 1]
        if octet.isalnum():
            changed.append(rsa_alone[:at] + bytes([octet[0] ^ 1]) + rsa_alone[at + 1 :])
    extra = [b"Subject: other\r\n" + rsa_alone, rsa_alone + b"more\r\n"]
    assert told_by_opendkim(tmp_path, rsa_alone, signed_by(BOTH, LETTER)) == [True, True]
    told = told_by_opendkim(tmp_path, *changed, *extra)
    assert [content for content, holds in zip([*changed, *extra], told, strict=True) if holds] == []


def test_one_octet_flipped_anywhere_breaks_both() -> None:
    signed, chance = signed_by(BOTH, LETTER), random.Random(5)
    letters = len(signed) - len(LETTER)
    for _ in range(150):
        at = chance.randrange(letters, len(signed))
        octet = signed[at : at + 1]
        if octet.isalnum():
            changed = signed[:at] + bytes([octet[0] ^ 1]) + signed[at + 1 :]
            assert not holds(changed, 0), changed
            assert not holds(changed, 1), changed


def test_what_is_signed_is_named() -> None:
    """One-click and Feedback-ID are covered; From and Subject once more than they stand there (RFC 6376 8.15)."""
    for signature in signed_by(BOTH, LETTER).split(b"DKIM-Signature: ")[1:]:
        names = re.sub(rb"\s", b"", re.search(rb"h=([^;]+);", signature)[1]).decode().split(":")  # type: ignore[index]
        assert {"list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id", "date", "to"} <= set(names)
        assert (names.count("from"), names.count("subject")) == (2, 2)


def test_a_changed_or_longer_body_breaks_it() -> None:
    signed = signed_by(BOTH, LETTER)
    assert not holds(signed.replace(b"Hello", b"hello"))
    assert not holds(signed + b"more\r\n")
    assert b" l=" not in signed.partition(b"\r\nDate:")[0]


def test_the_settings_name_keys_and_selectors(tmp_path: Path) -> None:
    for name, key in (("r", RSA), ("e", ED)):
        (tmp_path / name).write_bytes(pem(key))
    signer = dkim_signer(f"{tmp_path / 'r'}, {tmp_path / 'e'}", "r1, e1", "shop.example")
    assert signer is not None
    assert holds(signed_by(signer, LETTER), 1)
    assert dkim_signer("", "", "shop.example") is None


def test_what_is_wrong_with_a_key_is_said(tmp_path: Path) -> None:
    files = {
        "small": pem(rsa.generate_private_key(65537, 1024))[:-40],
        "curve": pem(ec.generate_private_key(ec.SECP256R1())),
        "none": b"not a key",
    }
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    for name, words in (
        ("small", "no private key in PEM"),
        ("curve", "neither RSA nor Ed25519"),
        ("none", "no private key in PEM"),
        ("missing", "No such file"),
    ):
        with pytest.raises(DkimKeyError, match=words):
            dkim_signer(str(tmp_path / name), "s1", "shop.example")
    with pytest.raises(DkimKeyError, match="names 1 keys and REKINDLE_DKIM_SELECTOR 2 selectors"):
        dkim_signer("a", "s1, s2", "shop.example")
