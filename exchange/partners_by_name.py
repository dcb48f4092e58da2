"""Partners as files name them: other spellings, old names, codes.

``data/partner_aliases.toml`` lists the names that differ from the ones in the table of partners
by more than case, accents, punctuation, "&" for "and" and "St." for "Saint".
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

from agencies.models import Partner

ALIASES = Path(__file__).parent / "data" / "partner_aliases.toml"
WORDS = {"st": "saint", "ste": "saint", "is": "islands", "rep": "republic", "dem": "democratic"}


def plain(name: str) -> str:
    """What remains of a name once its spelling is leveled: ``Côte d’Ivoire`` → ``cote d ivoire``.

    "The" is dropped wherever it stands, so that ``Bahamas (The)`` and ``The Bahamas`` are one.
    """
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    without_accents = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = re.findall(r"[^\W_]+", without_accents)
    return " ".join(WORDS.get(word, word) for word in words if word != "the")


class PartnersByName:
    """Looks up partners by code or by name; reads all partners once."""

    def __init__(self) -> None:
        partners = list(Partner.objects.all())
        self.by_code = {partner.code: partner for partner in partners}
        aliases = tomllib.loads(ALIASES.read_text(encoding="utf-8"))
        self.by_name = {
            plain(name): self.by_code[code]
            for code, names in aliases.items()
            if code in self.by_code
            for name in names
        }
        self.by_name |= {
            plain(code): found for code, found in self.by_code.items() if len(code) > 2
        }
        # Last, so that a partner's own name is never taken for another one's alias.
        self.by_name |= {plain(partner.name): partner for partner in partners}

    def find(self, text: str) -> Partner | None:
        """The partner with this code (``MA``, as it is spelled) or name (any spelling)."""
        text = text.strip()
        return self.by_code.get(text) or self.by_name.get(plain(text))
