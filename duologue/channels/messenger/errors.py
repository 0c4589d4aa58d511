"""The platform's codes, as decisions.

Source of the codes: Messenger Platform, "Common error codes" (18 March 2026), and its changelog (June 2026).
"""

from duologue.channels.contract import Refusal
from duologue.channels.meta import codes
from duologue.channels.meta.errors import Course, Table

_WORDS: dict[Refusal, str] = {
    Refusal.AUTH: "Facebook no longer accepts the page's access token: connect the page again with a new one",
    Refusal.PERMISSION: "the app lacks a permission: grant what the connect page names and make the token again",
    Refusal.WINDOW_CLOSED: "the time to answer is over: wait until the person writes, or send a utility template",
    Refusal.UNREACHABLE: "this person cannot be reached at present, or has blocked the page: wait until they write",
    Refusal.NO_SUCH_PERSON: "Facebook knows no such person for this page: answer where they last wrote",
    Refusal.MEDIA: "Facebook does not take this file: send another, or one of another kind",
    Refusal.RESTRICTED: "Facebook has restricted the page for a time: see “Page quality” in Meta Business Suite",
    Refusal.BAD_REQUEST: "Facebook does not take this message: change it, or send it without its extras",
}

_HINT_WORDS: dict[tuple[int, int | None], str] = {
    (190, 458): "the app was removed from the account that made the token: connect the page again",
    (190, 460): "the password of the account that made the token was changed: connect the page again",
    (190, 463): "the page's access token has run out: connect the page again with a new one",
    (190, 467): "the page's access token was withdrawn: connect the page again with a new one",
    (4, 2018354): "this person has had a marketing message today: it is tried again tomorrow",
    (10, 2018065): "the time to answer is over, or the app may not use the human agent tag: ask Meta for “Human Agent”",
    (100, 2018109): "the file is larger than Facebook takes: 25 MB, a picture by its address 8 MB",
    (10900, None): "this comment has had its one private answer: wait until the person writes",
}

TABLE = Table(
    platform="Facebook",
    words=_WORDS,
    hints=_HINT_WORDS,
    by_both=codes.BY_BOTH
    | {
        (9, 2018352): Course.SLOWER,
        (4, 2018354): Course.TOMORROW,
        (10, 1893063): Refusal.RESTRICTED,
    },
    by_subcode={
        2018300: Refusal.PERMISSION,
        2018321: Refusal.PERMISSION,
        2018247: Refusal.PERMISSION,
    },
    by_code=codes.BY_CODE
    | {
        10900: Refusal.BAD_REQUEST,  # a comment that has had its private answer
    },
)

judge = TABLE.judge
