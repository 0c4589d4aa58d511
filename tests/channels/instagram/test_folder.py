"""What the folder brings along besides code."""

import msgspec

from duologue.channels.instagram import CHANNEL
from duologue.channels.policy import Writer


def test_secrets_are_marked_as_secrets():
    fields = msgspec.structs.fields(CHANNEL.settings)
    secret = {
        field.name
        for field in fields
        if (msgspec.inspect.type_info(field.type).extra or {}).get("secret")  # type: ignore[union-attr]
    }
    assert secret == {"token", "app_secret", "verify_token"}


def test_a_comment_is_answered_once_and_a_program_stops_after_a_day():
    policy = CHANNEL.abilities.policy
    (after_comment,) = policy.of(Writer.AUTOMATION, "comment")
    assert (after_comment.most, after_comment.within and after_comment.within.days) == (1, 7)
    assert [rule.within.days for rule in policy.of(Writer.AUTOMATION, "message") if rule.within] == [1]
    assert [rule.within.days for rule in policy.of(Writer.PERSON, "message") if rule.within] == [1, 7]
    assert all(rule.source for rule in policy.rules)
