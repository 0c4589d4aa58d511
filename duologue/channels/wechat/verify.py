"""The door: who knows the token, and not too long ago; with a key, only what is encrypted and signed as a whole.

In plain mode WeChat signs the time and a number only, not the message. So as soon as an EncodingAESKey is filled in,
nothing unencrypted is taken, also in compatible mode, where the same stands beside it in the open.
"""

from urllib.parse import parse_qsl

from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.channels.shared.strict import Object
from duologue.channels.wechat.crypto import agrees, key_of, opened
from duologue.channels.wechat.form import fields
from duologue.channels.wechat.settings import Settings, aes_keys, tokens
from duologue.kernel import clock

LARGEST = 1024 * 1024
_TAKEN = Reply(body=b"success")
_REFUSED = Reply(status=403, body=b"signature does not match")


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    """A GET is the handshake: its `echostr` is given back. A POST is one message or event."""
    if request.method not in {"GET", "POST"}:
        return Reply(status=405, body=b"only GET and POST")
    if len(request.body) > LARGEST:
        return Reply(status=413, body=b"too large")
    asked = dict(parse_qsl(request.query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None))
    if "timestamp" not in asked or not (asked.get("signature") or asked.get("msg_signature")):
        return Reply(status=401, body=b"not signed")
    if not _is_fresh(settings, asked["timestamp"]):
        return Reply(status=403, body=b"too old")
    if request.method == "GET":
        return _shaken(asked) if _signed(settings, asked) else _REFUSED
    if aes_keys(settings):
        return _encrypted(settings, asked, request.body)
    return _kept(settings, request.body) if _signed(settings, asked) else _REFUSED


def _shaken(asked: dict[str, str]) -> Reply:
    word = asked.get("echostr", "")
    return Reply(body=word.encode()) if word else Reply(status=400, body=b"echostr is missing")


def _encrypted(settings: Settings, asked: dict[str, str], body: bytes) -> Accepted | Reply:
    text = _text(_parsed(body), "Encrypt")
    given = asked.get("msg_signature", "")
    if not text or not any(
        agrees(given, token, asked["timestamp"], asked.get("nonce", ""), text) for token in tokens(settings)
    ):
        return _REFUSED
    for key in aes_keys(settings):
        try:
            return _kept(settings, opened(key_of(key), text, settings.app_id))
        except ValueError:
            continue  # the former key, or one that was pasted wrongly: the next is tried
    return Reply(status=403, body=b"cannot be decrypted for this AppID")


def _kept(settings: Settings, body: bytes) -> Accepted:
    """Genuine but not understood is kept too: `read` sets it aside for a person."""
    to = _text(_parsed(body), "ToUserName")
    foreign = settings.account_id and to and to != settings.account_id
    return Accepted(raws=() if foreign or not body.strip() else (Raw(body=body),), reply=_TAKEN)


def _signed(settings: Settings, asked: dict[str, str]) -> bool:
    given = asked.get("signature", "")
    return any(agrees(given, token, asked["timestamp"], asked.get("nonce", "")) for token in tokens(settings))


def _is_fresh(settings: Settings, text: str) -> bool:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return False
    return abs(clock.now().timestamp() - int(text)) <= settings.fresh_seconds


def _parsed(body: bytes) -> Object:
    try:
        return fields(body)
    except (ValueError, RecursionError):
        return {}


def _text(holder: Object, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
