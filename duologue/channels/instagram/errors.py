"""The platform's codes, as decisions.

Source of the codes: Instagram Platform and Messenger Platform, error codes (March to July 2026).
"""

from duologue.channels.contract import Refusal
from duologue.channels.meta import codes
from duologue.channels.meta.errors import Course, Table

_WORDS: dict[Refusal, str] = {
    Refusal.AUTH: "Instagram no longer accepts the account's access token: connect the account again with a new one",
    Refusal.PERMISSION: "the app lacks a permission: grant what the connect page names and make the token again",
    Refusal.WINDOW_CLOSED: "the time to answer is over: it opens again when the person writes",
    Refusal.UNREACHABLE: "this person cannot be reached at present, or has blocked the account: wait until they write",
    Refusal.NO_SUCH_PERSON: "Instagram knows no such person for this account: answer where they last wrote",
    Refusal.MEDIA: "Instagram does not take this file: send another, or one of another kind",
    Refusal.RESTRICTED: "Instagram has restricted the account: see “Account status” in the Instagram app",
    Refusal.BAD_REQUEST: "Instagram does not take this message: change it, or send it without its extras",
}

_HINT_WORDS: dict[tuple[int, int | None], str] = {
    (100, 2534025): "this comment has had its one private answer, or is too old for one: wait until the person writes",
    (100, 2534001): "the person has deleted or archived the conversation: wait until they write",
    (100, 2534029): "Instagram keeps this account from using its API: see “Account status” in the Instagram app",
    (100, 2018109): "the file is larger than Instagram takes: a picture 8 MB, anything else 25 MB",
    (200, 2534041): "access to messages is switched off: allow it in the Instagram app, under “Connected tools”",
    (230, None): "this person must write first: until then Instagram tells nothing about them",
}

TABLE = Table(
    platform="Instagram",
    words=_WORDS,
    hints=_HINT_WORDS,
    by_both=codes.BY_BOTH
    | {
        (2, 1545133): Course.SOON,
        (10, 2534022): Refusal.WINDOW_CLOSED,
        (100, 2534014): Refusal.NO_SUCH_PERSON,
        (100, 2534025): Refusal.BAD_REQUEST,
        (100, 2534001): Refusal.UNREACHABLE,
        (100, 2534029): Refusal.RESTRICTED,
        (100, 2534037): Refusal.BAD_REQUEST,
        (200, 2534041): Refusal.PERMISSION,
        (613, 2534040): Course.SLOWER,
        (25, 2207050): Refusal.RESTRICTED,
    },
    by_subcode={
        2534013: Course.SLOWER,  # private replies: too many, or against a policy
        2534015: Refusal.BAD_REQUEST,
    },
    by_code=codes.BY_CODE
    | {
        25: Refusal.RESTRICTED,
    },
)

judge = TABLE.judge
