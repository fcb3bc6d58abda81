"""How text is compared: one folding for files, facts and both databases."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """`text` as segments compare it (LANGUAGE 2.1): NFKC, case-folded, ё as е, outer space trimmed, inner runs as one.

    Empty when nothing but space is left: such a value is missing.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).replace("ё", "е")
    return " ".join(folded.split())
