"""What somebody wrote, apart from the correspondence repeated below it. When in doubt nothing is folded away."""

import re
from functools import cache
from itertools import islice

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

from duologue.channels.email.letter.hypertext import Reading, read_html

_LOOKED_AT = 20_000  # characters; the expressions below are quadratic in a line and slow in a book
_LONGEST_LINE = 300
_SEPARATORS = re.compile(
    r"^(?:-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale"
    r"|oorspronkelijk bericht|forwarded message) ?-{2,}|-{3,} ?(?:原始邮件|原始郵件|元のメッセージ) ?-{3,}"
    r"|_{20,}\n+(?:from|von|de|da|van|发件人|差出人): ?.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"^ ?>", re.MULTILINE)
_TELLS_WHO_OR_WHEN = re.compile(r"[@\d]")  # without, it is a sentence or a list of the writer's own
_ATTRIBUTION = re.compile(r"[^\n]{0,300}@[^\n]{0,300}(?:\n[^\n]{0,60})?[:：]\s*\Z")
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)


def fold(text: str | None, html: str | None) -> tuple[str | None, str | None]:
    """The writer's own words and the quote. Together they hold every word of the text that was read."""
    shown = read_html(html) if html else Reading("", "")
    if text is None or not text.strip():
        return shown.reply or None, shown.quoted or None
    own, quoted = fold_text(text)
    if not quoted and shown.quoted:
        return shown.reply, shown.quoted
    return own or None, quoted or None


def fold_text(text: str) -> tuple[str, str]:
    """Plain text, divided. An answer written between quoted lines stays whole."""
    start = min((place for place in (_header(text), _separator(text), _trailing_quote(text)) if place >= 0), default=-1)
    own, quoted = text[: max(start, 0)].strip(), text[max(start, 0) :].strip()
    if start <= 0 or not own or _answers_within(quoted):
        return text.strip(), ""
    return own, quoted


def _header(text: str) -> int:
    """Where "On Monday Ana wrote:" or a block of From, Sent, To begins, in thirteen languages."""
    looked_at = "\n".join(
        line if len(line) <= _LONGEST_LINE else " " * len(line) for line in text[:_LOOKED_AT].split("\n")
    )
    for found in islice(_headers().finditer(looked_at), 20):
        if _TELLS_WHO_OR_WHEN.search(found[0]):
            return found.start() + len(found[0]) - len(found[0].lstrip())
    return -1


@cache
def _headers() -> re.Pattern[str]:
    return EmailMessage(text="", languages=[one for one in MAIL_LANGUAGES if len(one) == 2]).HEADER_REGEX


def _separator(text: str) -> int:
    found = _SEPARATORS.search(text[:_LOOKED_AT])
    return found.start() if found else -1


def _trailing_quote(text: str) -> int:
    """Where the last run of quoted lines begins, if nothing but a signature follows it."""
    lines = text.split("\n")
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    first = end
    while first and (not lines[first - 1].strip() or _QUOTED_LINE.match(lines[first - 1])):
        first -= 1
    if not any(_QUOTED_LINE.match(line) for line in lines[first:end]):
        return -1
    start = sum(len(line) + 1 for line in lines[:first])
    above = text[max(0, start - 700) : start]
    attribution = _ATTRIBUTION.search(above)  # in whatever language: a line with an address that ends in a colon
    return start - len(above) + attribution.start() if attribution else start


def _answers_within(quoted: str) -> bool:
    """Whether words without a mark follow marked ones: somebody answers point by point."""
    marked = _QUOTED_LINE.search(quoted)
    if not marked:
        return False
    rest = _SIGNATURE.split(quoted[marked.start() :], maxsplit=1)[0]
    return any(line.strip() and not _QUOTED_LINE.match(line) for line in rest.split("\n"))
