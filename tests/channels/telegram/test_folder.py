"""What the folder brings along besides code."""

import msgspec

from duologue.channels.telegram import CHANNEL


def test_secrets_are_marked_as_secrets():
    secret = {
        field.name
        for field in msgspec.structs.fields(CHANNEL.settings)
        if (msgspec.inspect.type_info(field.type).extra or {}).get("secret")  # type: ignore[union-attr]
    }
    assert secret == {"token", "secret_token"}
