"""Find personal data in texts by format: e-mail, telephone, payment card, IBAN, US social security number.

Checksums prevent ordinary numbers from being mistaken for cards and accounts. Data without a fixed
format, such as names, is not found. Every pattern runs in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

KINDS = ("email", "card", "iban", "ssn", "phone")

_PATTERNS = {
    "email": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"),
    "card": re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d])"),
    "iban": re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?!\w)"),
    "ssn": re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])"),
    "phone": re.compile(
        r"(?<![\w+])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){1,4}(?![\w-])|(?<!\w)\+\d{8,15}(?!\w)"
    ),
}
_LEAST_PHONE_DIGITS = 8


def find(text: str, kinds: Sequence[str] = KINDS) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of apparent personal data; earlier kinds take precedence."""
    for kind in kinds:
        check = _CHECKS.get(kind)
        for match in _PATTERNS[kind].finditer(text):
            if check is None or check(match[0]):
                yield kind, match.start(), match.end()


def redact(text: str, kinds: Sequence[str]) -> str:
    """Replace apparent personal data by its kind in brackets."""
    for kind in [known for known in KINDS if known in kinds]:
        check = _CHECKS.get(kind)
        text = _PATTERNS[kind].sub(lambda m, kind=kind, check=check: f"[{kind}]" if check is None or check(m[0]) else m[0], text)  # type: ignore[misc]
    return text


def _is_card(found: str) -> bool:
    """Luhn's checksum."""
    digits = [int(char) for char in found if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_iban(found: str) -> bool:
    """ISO 7064, modulus 97."""
    packed = found.replace(" ", "").upper()
    if not 15 <= len(packed) <= 34 or not packed.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in packed[4:] + packed[:4])) % 97 == 1


def _is_phone(found: str) -> bool:
    return sum(char.isdigit() for char in found) >= _LEAST_PHONE_DIGITS


_CHECKS: dict[str, Callable[[str], bool]] = {"card": _is_card, "iban": _is_iban, "phone": _is_phone}
