"""What a customer-service message must be made of, kind by kind; anything else is WeChat's own error."""

from collections.abc import Mapping
from typing import Any

_AROUND = {"touser", "msgtype", "customservice"}
NEEDED: dict[str, set[str]] = {
    "text": {"content"},
    "image": {"media_id"},
    "voice": {"media_id"},
    "video": {"media_id"},
    "music": {"musicurl", "hqmusicurl", "thumb_media_id"},
    "news": {"articles"},
    "mpnews": {"media_id"},
    "mpnewsarticle": {"article_id"},
    "msgmenu": {"head_content", "list"},
    "wxcard": {"card_id"},
    "miniprogrampage": {"title", "appid", "pagepath", "thumb_media_id"},
    "link": {"title", "description", "url"},
}
_ALSO: dict[str, set[str]] = {
    "video": {"thumb_media_id", "title", "description"},
    "music": {"title", "description"},
    "msgmenu": {"tail_content"},
    "wxcard": {"card_ext"},
    "link": {"thumb_url"},
}
_DRAWN = {"image": "🖼", "voice": "🎤", "video": "🎬", "mpnews": "📰", "mpnewsarticle": "📰", "wxcard": "🎫"}
TEXT_LIMIT = 2048


class Fault(Exception):
    """WeChat's answer where something is wrong."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def drawn(asked: Mapping[str, Any], files: Mapping[str, Any]) -> str:
    """How the message looks on the phone. Raises `Fault`."""
    kind = asked.get("msgtype")
    if kind not in NEEDED:
        raise Fault(40008, "invalid message type")
    part = asked.get(kind)
    if not isinstance(part, dict) or not NEEDED[kind] <= set(part):
        raise Fault(44004 if kind == "text" else 40008, "empty content" if kind == "text" else "invalid message type")
    if odd := (set(asked) - _AROUND - {kind}) | (set(part) - NEEDED[kind] - _ALSO.get(kind, set())):
        raise Fault(47001, f"data format error: {min(odd)}")
    for name in ("media_id", "thumb_media_id"):
        if part.get(name) and part[name] not in files:
            raise Fault(40007, "invalid media_id")
    text = _text(kind, part)
    if len(text.encode()) > TEXT_LIMIT:
        raise Fault(45002, "content size out of limit")
    return text


def _text(kind: str, part: Mapping[str, Any]) -> str:
    if kind == "news":
        articles = part["articles"]
        if not isinstance(articles, list) or len(articles) != 1:  # since October 2018 exactly one
            raise Fault(45008, "article size out of limit")
        return f"📰 {articles[0].get('title', '')}"
    if kind == "msgmenu":
        return "\n".join([str(part["head_content"]), *(f"[{one['content']}]" for one in part["list"])])
    if kind == "text":
        return str(part["content"])
    return _DRAWN.get(kind) or f"📎 {part.get('title') or kind}"
