"""Short texts that people type into forms: names, addresses. Cleaned at the door, or refused with the field's name."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from duologue.errors import Invalid

_FORBIDDEN = {"Cc", "Cs", "Co", "Zl", "Zp"}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # would draw a name backwards


def line(text: str, field: str, *, most: int = 100) -> str:
    """One line, NFC, without blanks around it. Raises `Invalid` where it is empty, too long or not one line."""
    clean = unicodedata.normalize("NFC", text).strip()
    if not clean:
        raise Invalid("This must be filled in.", field)
    if len(clean) > most:
        raise Invalid(f"At most {most} characters, please.", field)
    if any(unicodedata.category(sign) in _FORBIDDEN or sign in _TURNING for sign in clean):
        raise Invalid("This contains signs that cannot be used here.", field)
    return clean


def email(text: str, field: str = "email") -> str:
    """A mail address in the form in which addresses are compared. Raises `Invalid`."""
    try:
        # "globally deliverable" would refuse ana@mail.local, which is a fine address inside a house
        found = validate_email(
            text.strip()[:400], check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except EmailNotValidError:
        raise Invalid("This is not a mail address.", field) from None
    return (found.ascii_email or found.normalized).lower()
