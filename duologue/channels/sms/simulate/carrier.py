"""What becomes of messages on their way: to phones, and the news of it; and what phones send."""

from duologue.channels.shared.double.faults import Faults
from duologue.channels.sms.segments import segments
from duologue.channels.sms.simulate.hooks import Hooks
from duologue.channels.sms.simulate.world import NUMBER, VERSION, Bubbled, Person, Row, World

_STOPPED = "You have successfully been unsubscribed. You will not receive any more messages from this number."
_STARTED = "You have successfully been re-subscribed to messages from this number."
_HELPED = "Reply STOP to unsubscribe. Msg&Data rates may apply."
_ANSWERS = {"STOP": _STOPPED, "START": _STARTED, "HELP": _HELPED}
_FAILING = {"undelivered": 30003, "unknown_number": 30005, "filtered": 30007, "stopped_late": 21610}


class Carrier:
    def __init__(self, world: World, faults: Faults, hooks: Hooks) -> None:
        self._world, self._faults, self._hooks = world, faults, hooks

    def says(self, person: Person, text: str, *, files: tuple[tuple[bytes, str], ...] = (), **more: str) -> str:
        """The person writes; Twilio answers its keywords by itself. The message's id."""
        world = self._world
        row = self._kept(person, text, len(files))
        person.messages.append(Bubbled(id=row.sid, by="person", text=text or "📎", at=world.now()))
        word = world.heard(person, text)
        told = {
            "ToCountry": "US", "ToState": "CA", "SmsMessageSid": row.sid, "NumMedia": str(len(files)), "ToCity": "",
            "SmsSid": row.sid, "SmsStatus": "received", "Body": text, "To": NUMBER,
            "MessagingServiceSid": world.service,
            "NumSegments": str(row.segments), "MessageSid": row.sid, "AccountSid": world.account,
            "From": person.number, "ApiVersion": VERSION,
        }  # fmt: skip
        for number, (data, mime) in enumerate(files):
            told[f"MediaUrl{number}"] = self.base + world.keep(row.sid, data, mime)
            told[f"MediaContentType{number}"] = mime
        told |= {"OptOutType": word} if word and self._faults.now("advanced") else {}
        self._hooks.put(world.hook, list((told | more).items()))
        if word:
            person.messages.append(Bubbled(id=world.sid("SM"), by="brand", text=_ANSWERS[word], at=world.now()))
        return row.sid

    base = ""  # where the double listens

    def _kept(self, person: Person, text: str, files: int) -> Row:
        row = Row(
            sid=self._world.sid("MM" if files else "SM"),
            direction="inbound",
            sender=person.number,
            to=NUMBER,
            body=text.replace("\x00", ""),
            created=self._world.now(),
            status="received",
            segments=max(segments(text).count, 1),
            files=files,
            service=self._world.service,
        )
        self._world.rows.append(row)
        return row

    async def takes(self, row: Row, person: Person | None, text: str) -> None:
        """A message of the brand's is on its way: shown on the phone, or not, and each step is told."""
        if self._faults.now("early_echo"):
            await self._hooks.now(row.callback, self._news(row, "sent"))
        failing = next((name for name in _FAILING if self._faults.now(name)), None)
        if person and not failing:
            person.messages.append(Bubbled(id=row.sid, by="brand", text=text, at=self._world.now()))
        row.status = "undelivered" if failing else "delivered"
        row.error = _FAILING[failing] if failing else None
        if not self._faults.now("no_news"):
            for step in ("sent", row.status):
                self._hooks.put(row.callback, self._news(row, step))

    def _news(self, row: Row, status: str) -> list[tuple[str, str]]:
        told = {
            "SmsSid": row.sid, "SmsStatus": status, "MessageStatus": status, "To": row.to, "MessageSid": row.sid,
            "AccountSid": self._world.account, "From": NUMBER, "ApiVersion": VERSION,
        }  # fmt: skip
        told |= {"MessagingServiceSid": row.service} if row.service else {}
        told |= {"ErrorCode": str(row.error), "ErrorMessage": ""} if status == "undelivered" else {}
        return list(told.items())
