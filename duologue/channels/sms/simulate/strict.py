"""What the Messages resource takes, and its own words for what it does not."""

import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from duologue.channels.sms.simulate.world import NUMBER, World

_KNOWN = {
    "To", "From", "MessagingServiceSid", "Body", "MediaUrl", "StatusCallback", "SmartEncoded", "ValidityPeriod",
    "ScheduleType", "SendAt", "ContentSid", "ContentVariables", "ShortenUrls", "MaxPrice", "ProvideFeedback", "Attempt",
    "ForceDelivery", "RiskCheck", "SendAsMms", "ApplicationSid", "AddressRetention", "ContentRetention",
    "PersistentAction",
}  # fmt: skip
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")

Form = Sequence[tuple[str, str]]


class TwilioError(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> web.Response:
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        told: dict[str, Any] = {"code": self.code, "message": self.message, "more_info": more, "status": self.status}
        return web.json_response(told, status=self.status)


def wrong(code: int, message: str) -> TwilioError:
    return TwilioError(400, code, message)


def check(world: World, form: Form) -> dict[str, str]:
    """The form's fields, of which `MediaUrl` alone may come more than once. Raises `TwilioError`."""
    given = dict(form)
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise wrong(20001, f"Unknown parameters: {', '.join(unknown)}")
    names = [name for name, _ in form if name != "MediaUrl"]
    if len(names) != len(set(names)):
        raise wrong(20001, "A parameter was given twice")
    _check_ends(world, given)
    _check_content(given, [value for name, value in form if name == "MediaUrl"])
    return given


def _check_ends(world: World, given: dict[str, str]) -> None:
    if not given.get("To"):
        raise wrong(21604, "A 'To' phone number is required.")
    if not given.get("From") and not given.get("MessagingServiceSid"):
        raise wrong(21603, "A 'From' phone number is required.")
    if not _NUMBER.fullmatch(given["To"]):
        raise wrong(21211, f"Invalid 'To' Phone Number: {given['To'][:8]}XXXX")
    if given.get("MessagingServiceSid", world.service) != world.service:
        raise TwilioError(404, 20404, "The requested messaging service was not found")
    if given.get("From", NUMBER) != NUMBER:
        raise wrong(21659, f"'From' {given['From']} is not a Twilio phone number or Short Code country mismatch")


def _check_content(given: dict[str, str], media: list[str]) -> None:
    body, callback = given.get("Body", ""), given.get("StatusCallback", "https://x.test")
    if not body and not media and not given.get("ContentSid"):
        raise wrong(21602, "Message body is required.")
    if len(body) > 1600:
        raise wrong(21617, "The concatenated message body exceeds the 1600 character limit")
    if len(media) > 10:
        raise wrong(21623, "Number of media files exceeds allowed limit")
    if any(not one.startswith(("http://", "https://")) for one in media):
        raise wrong(21620, "Invalid media URL(s)")
    if not callback.startswith(("http://", "https://")):
        raise wrong(21609, "The StatusCallback URL is not a valid URL.")
