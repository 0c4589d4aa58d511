"""The platform's codes, as decisions.

Source of the codes: Messenger Platform, "Common error codes" (18 March 2026), and its changelog (June 2026).
"""

from duologue.channels.contract import Refusal
from duologue.channels.meta.errors import Course, Table

_WORDS: dict[Refusal, str] = {
    Refusal.AUTH: "Facebook no longer accepts the page's access token",
    Refusal.PERMISSION: "the app lacks a permission",
    Refusal.WINDOW_CLOSED: "the time to answer is over",
    Refusal.UNREACHABLE: "this person cannot be reached at present, or has blocked the page",
    Refusal.NO_SUCH_PERSON: "Facebook knows no such person for this page",
    Refusal.MEDIA: "Facebook does not take this file",
    Refusal.RESTRICTED: "Facebook has restricted the page for a time",
    Refusal.BAD_REQUEST: "Facebook does not take this message",
}

TABLE = Table(
    platform="Facebook",
    words=_WORDS,
    by_both={
        (1, 1357046): Course.UNSURE,
        (-1, 2018012): Course.SOON,
        (9, 2018352): Course.SLOWER,
        (4, 2018354): Course.TOMORROW,
        (10, 2018278): Refusal.WINDOW_CLOSED,
        (10, 2018065): Refusal.WINDOW_CLOSED,
        (10, 2018108): Refusal.UNREACHABLE,
        (200, 1545041): Refusal.UNREACHABLE,
        (10, 1893063): Refusal.RESTRICTED,
        (100, 2018001): Refusal.NO_SUCH_PERSON,
        (100, 33): Refusal.NO_SUCH_PERSON,
        (100, 2018008): Course.ONCE,
        (100, 2018047): Course.ONCE,
        (100, 2018294): Course.ONCE,
        (100, 2018074): Course.ONCE,
        (100, 2018109): Refusal.MEDIA,
    },
    by_subcode={
        2018300: Refusal.PERMISSION,
        2018321: Refusal.PERMISSION,
        2018247: Refusal.PERMISSION,
    },
    by_code={
        1: Course.UNSURE,
        99: Course.UNSURE,
        2: Course.SOON,
        4: Course.SLOWER,
        17: Course.SLOWER,
        32: Course.SLOWER,
        613: Course.SLOWER,
        80006: Course.SLOWER,
        551: Refusal.UNREACHABLE,
        100: Refusal.BAD_REQUEST,
        190: Refusal.AUTH,
        200: Refusal.PERMISSION,
        230: Refusal.PERMISSION,
        10: Refusal.PERMISSION,
        10900: Refusal.BAD_REQUEST,  # a comment that has had its private answer
    },
)

judge = TABLE.judge
