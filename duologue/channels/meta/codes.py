"""What the Send API's codes decide wherever it is offered; a platform adds the codes that are its own.

Source of the codes: "Common error codes" (March to July 2026).
"""

from duologue.channels.contract import Refusal
from duologue.channels.meta.errors import Course, Decision

BY_BOTH: dict[tuple[int, int], Decision] = {
    (1, 1357046): Course.UNSURE,
    (-1, 2018012): Course.SOON,
    (10, 2018278): Refusal.WINDOW_CLOSED,
    (10, 2018065): Refusal.WINDOW_CLOSED,
    (10, 2018108): Refusal.UNREACHABLE,
    (100, 2018001): Refusal.NO_SUCH_PERSON,
    (100, 33): Refusal.NO_SUCH_PERSON,
    (100, 2018008): Course.ONCE,
    (100, 2018047): Course.ONCE,
    (100, 2018294): Course.ONCE,
    (100, 2018074): Course.ONCE,
    (100, 2018109): Refusal.MEDIA,
    (200, 1545041): Refusal.UNREACHABLE,
}

BY_CODE: dict[int, Decision] = {
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
}
