"""The words of the chat window, in the visitor's language where we have it."""

from collections.abc import Mapping

_ENGLISH = {
    "placeholder": "Write a message",
    "message": "Message",
    "messages": "Conversation",
    "send": "Send",
    "attach": "Attach files",
    "remove": "Remove",
    "close": "Close chat",
    "today": "Today",
    "yesterday": "Yesterday",
    "sending": "Sending",
    "sent": "Sent",
    "delivered": "Delivered",
    "read": "Read",
    "failed": "Not sent",
    "again": "Try again",
    "discard": "Discard",
    "you": "You",
    "typing": "{name} is typing",
    "someone": "Somebody",
    "away": "Connecting again…",
    "offline": "You are offline. Your messages go out when you are back.",
    "earlier": "Show earlier messages",
    "drop": "Drop files to attach them",
    "too_long": "{n} characters too many",
    "left": "{n} characters left",
    "too_many": "At most {n} files in one message",
    "too_large": "{name} is larger than {n} MB",
    "too_large_all": "These files are larger than {n} MB together",
    "download": "Download {name}",
    "new": "New messages",
    "files_gone": "The files were lost when the page was loaded again.",
}
_GERMAN = {
    "placeholder": "Nachricht schreiben",
    "message": "Nachricht",
    "messages": "Unterhaltung",
    "send": "Senden",
    "attach": "Dateien anhängen",
    "remove": "Entfernen",
    "close": "Chat schließen",
    "today": "Heute",
    "yesterday": "Gestern",
    "sending": "Wird gesendet",
    "sent": "Gesendet",
    "delivered": "Zugestellt",
    "read": "Gelesen",
    "failed": "Nicht gesendet",
    "again": "Noch einmal",
    "discard": "Verwerfen",
    "you": "Sie",
    "typing": "{name} schreibt",
    "someone": "Jemand",
    "away": "Verbindung wird wiederhergestellt …",
    "offline": "Sie sind offline. Ihre Nachrichten gehen hinaus, sobald Sie wieder verbunden sind.",
    "earlier": "Frühere Nachrichten zeigen",
    "drop": "Dateien hier ablegen",
    "too_long": "{n} Zeichen zu viel",
    "left": "noch {n} Zeichen",
    "too_many": "Höchstens {n} Dateien in einer Nachricht",
    "too_large": "{name} ist größer als {n} MB",
    "too_large_all": "Diese Dateien sind zusammen größer als {n} MB",
    "download": "{name} herunterladen",
    "new": "Neue Nachrichten",
    "files_gone": "Die Dateien gingen verloren, als die Seite neu geladen wurde.",
}
_TONGUES: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "de": _GERMAN}


def language(accepted: str) -> str:
    """The first language of an Accept-Language header that we speak; else English."""
    for part in accepted[:500].split(","):
        tongue = part.partition(";")[0].strip().lower().partition("-")[0]
        if tongue in _TONGUES:
            return tongue
    return "en"


def words(tongue: str) -> Mapping[str, str]:
    return _TONGUES[tongue]
