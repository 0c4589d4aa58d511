"""Bytes to text, whatever the sender says about them."""

import codecs
import re

_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-1": "cp1252",  # what web browsers do (WHATWG Encoding): the C1 controls are never meant
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "x-mac-roman": "mac-roman",
    "cp-850": "cp850",
}
_SAYS_NOTHING = {"", "x-unknown", "unknown", "unknown-8bit", "8bit", "x-user-defined", "default", "binary"}
# Codecs that Python knows and a mail never means: bytes to bytes, or text that is no text.
_NO_TEXT = re.compile(
    r"(base64|hex|bz2|zlib|zip|uu|rot|quopri|punycode|idna|unicode.?escape|raw.?unicode|undefined|mbcs|oem)"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_of(data: bytes, declared: str | None) -> str:
    """The text, never failing: what its first bytes or shifts show, what was declared, UTF-8, the likeliest."""
    for encoding in (_marked(data), _known(declared), "utf-8"):
        if encoding:
            try:
                return data.decode(encoding)
            except (UnicodeError, LookupError, ValueError):
                continue
    return data.decode(_likely(data), "replace")


def _known(declared: str | None) -> str | None:
    name = (declared or "").strip().strip("\"'").lower()[:40]
    if name in _SAYS_NOTHING or _NO_TEXT.search(name.replace("-", "_")):
        return None
    name = _ALIASES.get(name, name)
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return name


def _marked(data: bytes) -> str | None:
    if b"\x1b$" in data or b"\x1b(J" in data:
        return "iso2022_jp_ext"
    return next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)


def _likely(data: bytes) -> str:
    """Simplified Chinese has most lead bytes in the first level of GB 2312, Russian most letters above 0xC0."""
    sample = data[:4000]
    high = [byte for byte in sample if byte >= 0x80]
    pairs = re.findall(rb"[\xb0-\xd7][\xa1-\xfe]", sample)
    if len(pairs) * 2 > 0.7 * len(high):
        return "gb18030"
    letters = sum(1 for byte in sample if chr(byte).isascii() and chr(byte).isalpha())
    cyrillic = sum(1 for byte in high if byte >= 0xC0)
    return "cp1251" if cyrillic > 0.8 * len(high) and cyrillic > letters else "cp1252"
