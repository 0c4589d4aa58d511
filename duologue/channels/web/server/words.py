"""The words of the chat window, in the visitor's language where we have it."""

from collections.abc import Mapping

from duologue.web.words import choose, say

_WORDS = {
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
    "gone": "This message was taken back",
    "edited": "Edited",
    "about_you": "Before you write",
    "name": "Your name",
    "email": "Your email address",
    "phone": "Your phone number",
    "optional": "{label} (optional)",
    "begin": "Start chat",
    "privacy": "Privacy",
    "no_answer": "This did not go through. Please try again.",
    "files_gone": "The files were lost when the page was loaded again.",
}


def language(accepted: str) -> str:
    """The first language of an Accept-Language header that we speak; else English."""
    return choose(accepted[:500])


def words(tongue: str) -> Mapping[str, str]:
    return {name: say(tongue, text) for name, text in _WORDS.items()}
