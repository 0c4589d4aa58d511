"""What the folder brings along besides code."""

import msgspec

from duologue.channels.messenger import CHANNEL


def test_secrets_are_marked_as_secrets():
    secret = {
        field.name
        for field in msgspec.structs.fields(CHANNEL.settings)
        if (msgspec.inspect.type_info(field.type).extra or {}).get("secret")  # type: ignore[union-attr]
    }
    assert secret == {"page_token", "app_secret", "verify_token"}
