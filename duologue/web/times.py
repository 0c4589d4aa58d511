"""Times and amounts in a person's own words. The browser says them anew as time goes by (see `js/times.js`)."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from babel.units import format_unit
from jinja2.runtime import Context
from jinja2.utils import pass_context
from markupsafe import Markup, escape

SOON = timedelta(hours=1)
UNITS = ("byte", "kilobyte", "megabyte", "gigabyte")


@cache
def zone(name: str) -> tzinfo:
    """The time zone of this name; UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


@pass_context
def when(context: Context, moment: datetime) -> Markup:
    """As short as a list allows: the time today, "Yesterday", a weekday this week, else the date."""
    locale, local, today = _place(context, moment)
    days = (today - local.date()).days
    if days == 0:
        words = _clock(locale, local.hour, local.minute)
    elif days == 1:
        words = str(context.call(context["_"], "Yesterday"))
    elif 1 < days < 7:
        words = format_date(local, "EEE", locale=locale)
    elif local.year == today.year:
        words = format_date(local, "d MMM", locale=locale)
    else:
        words = format_date(local, "short", locale=locale)
    return _time(moment, "when", words)


@pass_context
def clock(context: Context, moment: datetime) -> Markup:
    """The time of day."""
    locale, local, _ = _place(context, moment)
    return _time(moment, "clock", _clock(locale, local.hour, local.minute))


@pass_context
def day(context: Context, moment: datetime) -> Markup:
    """The day a message was written: "Today", "Yesterday", or weekday and date."""
    locale, local, today = _place(context, moment)
    days = (today - local.date()).days
    if days in (0, 1):
        words = str(context.call(context["_"], "Today" if days == 0 else "Yesterday"))
    else:
        words = format_date(local, "EEEE, d MMMM" if local.year == today.year else "d MMMM y", locale=locale)
    return _time(moment, "day", words)


@pass_context
def full(context: Context, moment: datetime) -> Markup:
    """Date and time."""
    locale, local, _ = _place(context, moment)
    words = f"{format_date(local, 'medium', locale=locale)}, {_clock(locale, local.hour, local.minute)}"
    return _time(moment, "full", words)


@pass_context
def left(context: Context, until: datetime) -> Markup:
    """How long until a moment: "14 min", "2 h". Nothing once it has passed."""
    return _time(until, "left", duration(until - context["now"], _locale(context)))


def duration(span: timedelta, locale: Locale, units: int = 2) -> str:
    """The two largest units that say something: "23 h 46 min", "3 d", "40 s"."""
    return _duration(int(span.total_seconds()), locale, units)


@lru_cache(4096)
def _duration(seconds: int, locale: Locale, units: int) -> str:
    if seconds <= 0:
        return ""
    if seconds < 60:
        return format_unit(seconds, "duration-second", "short", locale=locale)
    minutes = seconds // 60
    if minutes < 60:
        return format_unit(minutes, "duration-minute", "short", locale=locale)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        rest = f" {format_unit(minutes, 'duration-minute', 'short', locale=locale)}" if minutes and units > 1 else ""
        return format_unit(hours, "duration-hour", "short", locale=locale) + rest
    return format_unit(hours // 24, "duration-day", "short", locale=locale)


@pass_context
def about(context: Context, until: datetime) -> Markup:
    """How long until a moment, in its largest unit only, for a list."""
    return _time(until, "about", duration(until - context["now"], _locale(context), units=1))


@pass_context
def due(context: Context, until: datetime) -> str:
    """The class of a countdown: "soon" within the hour, "past" when over, else nothing."""
    span = until - context["now"]
    if span <= timedelta():
        return "past"
    return "soon" if span <= SOON else ""


@pass_context
def size(context: Context, count: int) -> str:
    """Bytes as a person would say them: "1.2 MB"."""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    rounded = round(amount, 1 if amount < 10 and unit else 0)
    length: Literal["short", "long"] = "short" if unit else "long"  # short, one would read "771 byte"
    return format_unit(rounded, f"digital-{UNITS[unit]}", length, locale=_locale(context))


@pass_context
def number(context: Context, amount: float) -> str:
    return format_decimal(amount, locale=_locale(context))


@pass_context
def language(context: Context, tag: str) -> str:
    """The name of a language in the reader's own: "pt-BR" is "Portuguese (Brazil)"."""
    try:
        return Locale.parse(tag, sep="-" if "-" in tag else "_").get_display_name(_locale(context)) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def _place(context: Context, moment: datetime) -> tuple[Locale, datetime, date]:
    here = zone(context["zone"])
    return _locale(context), moment.astimezone(here), context["now"].astimezone(here).date()


def _locale(context: Context) -> Locale:
    return _parsed(context["locale"])


@cache
def _parsed(tag: str) -> Locale:
    return Locale.parse(tag)


@lru_cache(4096)
def _clock(locale: Locale, hour: int, minute: int) -> str:
    """Lists say the same few times over and over, and CLDR patterns are slow to apply."""
    return format_time(time(hour, minute), "short", locale=locale)


def _time(moment: datetime, manner: str, words: str) -> Markup:
    stamp = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup(f'<time datetime="{stamp}" data-t="{manner}">{escape(words)}</time>')  # noqa: S704 - escaped here
