"""A message of ours on its way out: the name below it, and files with names and types that break nothing."""

from duologue.channels.contract import Media, Outgoing, Refusal, Refused
from duologue.channels.shared.strict import clean


def signed(out: Outgoing, *, sign: bool) -> tuple[str | None, str | None]:
    """The text, and the text with the name of the person who answers below it, where there is one to be put there."""
    text = clean(out.content.text or "").strip() or None
    author = " ".join(clean(out.author or "").split())
    if text is None or not author or out.automated or not sign:
        return text, None
    return text, f"{text}\n\n– {author}"


def unfit_file(file: Media, limit: int) -> Refused | None:
    if not file.data:
        return Refused(why=Refusal.MEDIA, reason="the file is empty")
    if len(file.data) > limit:
        size = limit // (1024 * 1024)
        return Refused(why=Refusal.MEDIA, reason=f"the file is larger than {size} MB")
    return None


def mime(file: Media) -> str:
    """The type as claimed, where it is one at all."""
    claimed = (file.mime or "").partition(";")[0].strip().lower()
    main, _, sub = claimed.partition("/")
    plain = claimed.isascii() and claimed.replace("/", "").replace("-", "").replace("+", "").replace(".", "").isalnum()
    return claimed if main and sub and plain and "/" not in sub else "application/octet-stream"


def name(file: Media) -> str:
    """A name that cannot break out of its header or its folder."""
    kept = "".join(one for one in clean(file.name or "") if one.isprintable() and one not in '/\\"')
    return kept.strip(" .")[:200] or "file"
