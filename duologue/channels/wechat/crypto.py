"""WeChat's signature (SHA-1 of sorted words) and its envelope (AES-256-CBC, padded to 32, closed with the AppID).

Source: developers.weixin.qq.com, "Message encryption and decryption" (August 2026).
"""

import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
_HEAD = 20  # 16 random bytes, then the length in four


def signed(*words: str) -> str:
    """The signature over token, timestamp, nonce and, where there is one, the encrypted text."""
    return hashlib.sha1("".join(sorted(words)).encode("utf-8", "replace")).hexdigest()  # noqa: S324 -- as they do


def agrees(given: str, *words: str) -> bool:
    """Whether it was signed with these words; in constant time."""
    return hmac.compare_digest(signed(*words).encode(), given.encode("utf-8", "replace"))


def key_of(text: str) -> bytes:
    """The 32 bytes in an EncodingAESKey. Its last character may bear surplus bits. Raises `ValueError`."""
    key = binascii.a2b_base64(text + "=")
    if len(text) != 43 or len(key) != 32:
        raise ValueError("an EncodingAESKey has 43 characters")
    return key


def opened(key: bytes, text: str, app_id: str) -> bytes:
    """The message in the envelope. Raises `ValueError`, also where it is for another AppID."""
    sealed = binascii.a2b_base64(text.encode())
    if not sealed or len(sealed) % 16:
        raise ValueError("the encrypted text is cut off")
    cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
    plain = cipher.update(sealed) + cipher.finalize()
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or pad > len(plain) - _HEAD:
        raise ValueError("the padding is wrong")
    plain = plain[:-pad]
    end = _HEAD + int.from_bytes(plain[16:_HEAD], "big")
    if end > len(plain):
        raise ValueError("the length is wrong")
    if not hmac.compare_digest(plain[end:], app_id.encode()):
        raise ValueError("this is for another AppID")
    return plain[_HEAD:end]


def sealed(key: bytes, message: bytes, app_id: str, *, salt: bytes) -> str:
    """The envelope around a message; `salt` is 16 random bytes."""
    plain = salt + len(message).to_bytes(4, "big") + message + app_id.encode()
    pad = BLOCK - len(plain) % BLOCK
    cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    closed = cipher.update(plain + bytes([pad]) * pad) + cipher.finalize()
    return binascii.b2a_base64(closed, newline=False).decode()
