"""What a message comes to, told before it is sent, by the administrator's own prices: countries and carriers differ."""

from decimal import Decimal, InvalidOperation

from duologue.channels.contract import Content
from duologue.channels.shared.strict import clean
from duologue.channels.sms.segments import plain, segments
from duologue.channels.sms.settings import Settings


def measure(settings: Settings, content: Content) -> str | None:
    """ "2 segments, about 0.02 USD"; without a price, the segments alone; None where there is nothing to send."""
    if content.media:
        cost = _price(settings.picture_price, 1)
        return (
            f"A message with files, about {cost} {settings.currency}" if cost else _said(words="A message with files")
        )
    text = clean(content.text or "").strip()
    found = segments(plain(text) if settings.smart else text)
    if not found.count:
        return None
    said = _counted(settings, found.count)
    if found.because is None or found.count == segments("x" * len(text)).count:
        return said
    return f"{said}; “{found.because}” makes it longer"


def _counted(settings: Settings, count: int) -> str:
    cost = _price(settings.price, count)
    if cost is None:
        return _said(words="1 segment") if count == 1 else _said(words=f"{count} segments")
    if count == 1:
        return f"1 segment, about {cost} {settings.currency}"
    return f"{count} segments, about {cost} {settings.currency}"


def _said(*, words: str) -> str:
    return words


def _price(each: str, count: int) -> str | None:
    """To the cent, or as exactly as less than a cent needs; None where no price is set that can be read."""
    try:
        cost = Decimal(each.replace(",", ".")) * count
    except InvalidOperation:
        return None
    if not cost.is_finite() or cost <= 0:
        return None
    return f"{cost:.2f}" if cost >= Decimal("0.01") else f"{cost:.4f}".rstrip("0")
