"""A letter as the octets that go over the wire: headers and multipart/alternative spliced around encoded bodies.

The skeleton is made once for a mailing; a letter costs little more than its base64. Promised of the octets: CRLF only,
no line over 998 octets (bodies 76), no line that begins with a dot, so that nothing is left for SMTP to stuff.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from ..model.address import Mailbox
from ..model.campaign import Campaign
from ..model.configuration import Configuration
from ..model.letter import Letter, UnrenderableError
from .headers import HeaderError, date_field, list_id, mailbox, token_field, unstructured
from .quoted import quoted_printable, spliced_quoted
from .splice import CarriageReturnError, base64_lines, spliced_base64

_BASE64 = b"Content-Transfer-Encoding: base64\r\n\r\n"
_QUOTED = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
_LONE_BREAK = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class ListWords:
    """What the list headers of a mailing say: `identifier` such as `offers.faktura.example`, its name for people, where
    a mail to leave goes, and the Feedback-ID (`a:b:c:Sender`, the same for every letter of the mailing).
    """

    identifier: str
    label: str = ""
    unsubscribe_mailto: str = ""
    feedback_id: str = ""


def list_words(campaign: Campaign, configuration: Configuration, period: str) -> ListWords:
    """The list headers of a campaign's mailing (RFC 2919, RFC 2369, Gmail's Feedback-ID)."""
    domain = campaign.sender.domain
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", campaign.topic).strip("-.") or "letters"
    marks = (campaign.name, period.replace(":", "."), name, feedback_sender(domain))
    return ListWords(
        f"{name}.{domain}",
        configuration.topics.get(campaign.topic, ""),
        configuration.unsubscribe_mailto or campaign.sender.address,
        ":".join(marks),
    )


def feedback_sender(domain: str) -> str:
    """The SenderId of Feedback-ID: 5 to 15 characters, the same in all of a sender's mail."""
    letters = re.sub(r"[^a-z0-9]", "", domain.rpartition(".")[0])[:15]
    return letters if len(letters) >= 5 else "rk" + blake2b(domain.encode(), digest_size=4).hexdigest()


class Skeleton:
    """What all letters of a mailing have in common. Raises HeaderError where a header of the mailing cannot be."""

    def __init__(self, sender: Mailbox, words: ListWords, reply_to: Mailbox | None = None) -> None:
        self._mailto = words.unsubscribe_mailto
        fixed = [mailbox("From", sender)]
        if reply_to is not None:
            fixed.append(mailbox("Reply-To", reply_to))
        self._head = b"".join(fixed)
        boundary = "=_rekindle_" + blake2b(words.feedback_id.encode() + self._head, digest_size=8).hexdigest()
        self._tail = self._fixed_tail(words, boundary)
        mark = f"--{boundary}"
        self._text = f"{mark}\r\nContent-Type: text/plain; charset=utf-8\r\n".encode()
        self._html = f"\r\n{mark}\r\nContent-Type: text/html; charset=utf-8\r\n".encode()
        self._end = f"\r\n{mark}--\r\n".encode()

    @staticmethod
    def _fixed_tail(words: ListWords, boundary: str) -> bytes:
        fields = [
            token_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            list_id(words.label, words.identifier),
        ]
        if words.feedback_id:
            fields.append(token_field("Feedback-ID", words.feedback_id))
        fields += [
            b"Precedence: bulk\r\n",
            b"X-Auto-Response-Suppress: OOF, AutoReply\r\n",
            b"MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode(),
        ]
        return b"".join(fields)

    def letter_bytes(self, letter: Letter, to: Mailbox, message_id: str, date: datetime, unsubscribe_url: str) -> bytes:
        """The whole letter, as `letter_parts` makes it."""
        fields, body = self.letter_parts(letter, to, message_id, date, unsubscribe_url)
        return b"".join(fields + body)

    def letter_parts(
        self, letter: Letter, to: Mailbox, message_id: str, date: datetime, unsubscribe_url: str
    ) -> tuple[list[bytes], list[bytes]]:
        """The letter's head, each item whole fields (the last with the empty line), and its body, to be joined.

        `message_id` with or without its brackets; `date` aware; `unsubscribe_url` https. The body is canonical as DKIM
        has it (RFC 6376 3.4.4). Raises UnrenderableError where a value of this letter may not stand in its header.
        """
        try:
            fields = [
                date_field(date),
                self._head,
                # a reader's address outside ASCII needs SMTPUTF8 in the envelope too: deliver refuses it without
                mailbox("To", to, utf8=True),
                token_field("Message-ID", f"<{message_id.strip('<>')}>"),
                unstructured("Subject", letter.subject),
                token_field("List-Unsubscribe", *self._ways_out(unsubscribe_url)),
                self._tail,
            ]
        except HeaderError as error:
            raise UnrenderableError(letter.contact_id, str(error)) from error
        return fields, [self._text, *encoded(letter.text_pieces), self._html, *encoded(letter.html_pieces), self._end]

    def _ways_out(self, url: str) -> list[str]:
        """RFC 8058: https first; the mail way names the delivery by the seal at the end of the address."""
        ways = [f"<{url}>"]
        if self._mailto:
            ways.append(f"<mailto:{self._mailto}?subject=unsubscribe%20{url.rpartition('/')[2]}>")
        return ways


def encoded(pieces: Sequence[str]) -> tuple[bytes, bytes]:
    """The transfer encoding's header and the encoded text of `pieces`: ASCII quoted-printable, everything else base64.

    Base64 of pure ASCII is held against letters by spam filters; of Cyrillic it is shorter than quoted-printable.
    """
    plain = all(map(str.isascii, pieces))
    try:
        return (_QUOTED, spliced_quoted(pieces)) if plain else (_BASE64, spliced_base64(pieces))
    except CarriageReturnError:
        text = _LONE_BREAK.sub("\n", "".join(pieces))
    if plain:
        return _QUOTED, quoted_printable(text)
    return _BASE64, base64_lines(text.replace("\n", "\r\n").encode())
