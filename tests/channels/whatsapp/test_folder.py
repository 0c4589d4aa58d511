"""What the folder brings along besides code."""

from datetime import timedelta

import msgspec

from duologue.channels.policy import Writer
from duologue.channels.whatsapp import CHANNEL
from duologue.consent.verdict import Standing, verdict
from duologue.kernel.clock import Turned


def test_secrets_are_marked_as_secrets():
    fields = msgspec.structs.fields(CHANNEL.settings)
    secret = {
        field.name
        for field in fields
        if (msgspec.inspect.type_info(field.type).extra or {}).get("secret")  # type: ignore[union-attr]
    }
    assert secret == {"token", "app_secret", "verify_token"}


def test_a_day_is_free_for_everybody_then_and_before_only_a_template():
    policy, now = CHANNEL.abilities.policy, Turned()()
    for writer in Writer:
        answers = [
            verdict(policy, Standing(last_in_at=at), writer=writer, now=now).may
            for at in (now - timedelta(hours=23), now - timedelta(hours=24), None)
        ]
        assert answers == ["yes", "template", "template"]
    assert all(rule.source for rule in policy.rules)
