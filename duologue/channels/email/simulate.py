"""A local double of a mail provider with three people. `python -m duologue.channels.email.simulate` runs it alone."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from duologue.channels.content import Kind
from duologue.channels.email.double.bounce import bounce
from duologue.channels.email.double.imap import ImapServer
from duologue.channels.email.double.mailbox import Box
from duologue.channels.email.double.oauth import CLIENT, SCOPES, SECRET, OAuthServer
from duologue.channels.email.double.people import CAST, Attached, Writer, away, remembered, seen, written
from duologue.channels.email.double.smtp import SmtpServer
from duologue.channels.email.settings import Pass, Settings, fresh
from duologue.channels.shared.double.samples import PAPER, SKETCH
from duologue.channels.simulation import Bubble, Caller
from duologue.kernel.clock import Clock, now

BRAND = "support@duologue.example"
_WORD = "simulated"  # the password of every mailbox
_SERVER = "mx.duologue.example"
_COMMANDS = {
    "deliver_twice": "Deliver the last mail twice",
    "down": "Mail server is down",
    "up": "Mail server is back",
    "greylist": "Greylist the next answer",
    "drop": "Lose the connection after the next answer",
    "refuse": "Next recipient does not exist",
    "bounce": "Next answer comes back as undeliverable",
    "renumber": "Renumber the mailbox (UIDVALIDITY)",
    "deaf": "Stop telling of new mail (IDLE)",
    "bye": "Say good-bye to every reader",
    "away": "Everybody is away: auto-responders answer everything",
    "revoke_sign_in": "The brand's sign-in at the provider is revoked",
    "end_access": "The keys of the brand's sign-in end; it can renew them",
    "slow_down": "The next mail is one too many for the provider",
}


class MailSimulator:
    """The brand's mailbox, three people's mailboxes, IMAP and SMTP before them."""

    kind = "email"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.brand = Box(BRAND, clock)
        self.boxes = {writer.address: Box(writer.address, clock) for writer in CAST}
        self.oauth = OAuthServer(clock, BRAND)
        self.imap = ImapServer(self._box, lambda user, key: self.brand if self.oauth.knows(user, key) else None)
        self.smtp = SmtpServer(
            lambda user, word: self._box(user, word) is not None, self._posted, lambda *who: self.oauth.knows(*who)
        )
        self.keeps_sent = True  # the provider files a copy of what is submitted
        self._settings = fresh()
        self._host, self._imap_port, self._smtp_port = "127.0.0.1", 0, 0
        self._bouncing = 0
        self._away = False
        self._changed: list[Callable[[], None]] = []

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """IMAP at `port`, SMTP at the one after it; 0 takes free ones."""
        await self.start_at(host, port, port + 1 if port else 0)

    async def start_at(self, host: str, imap_port: int, smtp_port: int) -> None:
        self._host = host
        self._imap_port = await self.imap.start(host, imap_port)
        self._smtp_port = await self.smtp.start(host, smtp_port)
        await self.oauth.start(host)

    async def close(self) -> None:
        await self.oauth.close()
        await self.imap.close()
        await self.smtp.close()

    def settings(self) -> Settings:
        return Settings(
            address=BRAND,
            display_name="Duologue Demo",
            imap_host=self._host,
            imap_port=self._imap_port,
            imap_security="none",
            imap_user=BRAND,
            imap_password=_WORD,
            smtp_host=self._host,
            smtp_port=self._smtp_port,
            smtp_security="none",
            smtp_user=BRAND,
            smtp_password=_WORD,
            authserv_id=_SERVER,
            poll_seconds=5,
            reply_secret=self._settings.reply_secret,
        )

    def settings_by_sign_in(self, given: tuple[str, str, float] | None = None) -> Settings:
        """As `settings`, but signed in at the provider, or not yet; `given` is of `oauth.granted`."""
        return replace(
            self.settings(),
            login="other",
            imap_password="",
            smtp_password="",
            client_id=CLIENT,
            client_secret=SECRET,
            authorize_url=f"{self.oauth.at}/authorize",
            token_url=f"{self.oauth.at}/token",
            scopes=SCOPES,
            signed_in=Pass(access=given[0], refresh=given[1], until=given[2]) if given else None,
        )

    def places(self) -> Sequence[str]:
        return [f"{self._host}:{self._imap_port}", f"{self._host}:{self._smtp_port}", self.oauth.at.partition("//")[2]]

    async def point(self, webhook_url: str) -> None:
        """Mail is fetched, never pushed: there is nothing to point."""

    def people(self) -> Sequence[Caller]:
        return [Caller(address, self._writer(address).name) for address in self.boxes]

    async def say(self, person: str, text: str) -> None:
        """Answers the brand's last mail, quoting it as the person's program does; else begins.

        An address that is not of the cast becomes a person as soon as it writes.
        """
        self._answer(person, text)

    def kinds(self) -> Sequence[Kind]:
        return (Kind.IMAGE, Kind.FILE)

    async def send(self, person: str, kind: Kind) -> str:
        samples = {
            Kind.IMAGE: Attached("sole.png", "image/png", SKETCH),
            Kind.FILE: Attached("order.pdf", "application/pdf", PAPER),
        }
        return seen(self._answer(person, "See what is attached.", samples[kind])).id

    def _answer(self, person: str, text: str, attached: Attached | None = None) -> bytes:
        received = self.boxes.setdefault(person, Box(person, self._clock)).inbox.mails
        last = received[-1].raw if received else None
        return self.write(self._writer(person), text, answered_raw=last, attached=attached)

    def write(
        self,
        writer: Writer,
        text: str,
        *,
        subject: str = "",
        answered_raw: bytes | None = None,
        attached: Attached | None = None,
    ) -> bytes:
        """Writes and delivers; without `answered_raw` a conversation begins."""
        answered = seen(answered_raw) if answered_raw else None
        raw = written(writer, text, to=BRAND, at=self._clock(), answered=answered, subject=subject, attached=attached)
        self.boxes[writer.address].sent.put(raw)
        self.deliver(raw, sender=writer.address)
        return raw

    def deliver(self, raw: bytes, *, sender: str = "", verdict: str = "pass", at: datetime | None = None) -> None:
        """Into the brand's inbox, with what its receiving server adds on the way."""
        domain = sender.rpartition("@")[2] or "unknown.example"
        results = f"Authentication-Results: {_SERVER}; spf={verdict}; dmarc={verdict} header.from={domain}\r\n"
        added = f"Return-Path: <{sender}>\r\nDelivered-To: {BRAND}\r\n{results}"
        self.brand.inbox.put(added.encode() + raw, at)
        self._tell()

    def screen(self, person: str) -> Sequence[Bubble]:
        box = self.boxes[person]
        both = [(mail, "brand") for mail in box.inbox.mails] + [(mail, "person") for mail in box.sent.mails]
        bubbles = []
        for mail, by in sorted(both, key=lambda pair: (pair[0].arrived, pair[1] == "brand")):
            shown = seen(mail.raw)
            text = shown.text if by == "brand" else shown.text.partition("\n\nOn ")[0].partition("\n\n____")[0]
            bubbles.append(
                Bubble(
                    id=shown.id,
                    by="brand" if by == "brand" else "person",
                    text="\n".join([*([text] if text else []), *(f"📎 {name}" for name in shown.files)]),
                    at=mail.arrived,
                    status="sent",
                    author=shown.by if by == "brand" else None,
                )
            )
        return bubbles

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        box, writer = self.boxes.setdefault(person, Box(person, self._clock)), self._writer(person)
        for one in bubbles:
            said = remembered(writer, one, brand=(self.settings().display_name, BRAND))
            (box.sent if one.by == "person" else box.inbox).put(said, one.at)
        self._tell()

    def commands(self) -> dict[str, str]:
        return dict(_COMMANDS)

    async def command(self, name: str) -> str:
        return {
            "deliver_twice": self._deliver_twice,
            "down": self._down,
            "up": self._up,
            "greylist": self._greylist,
            "drop": self._drop,
            "refuse": self._refuse,
            "bounce": self._bounce,
            "renumber": self._renumber,
            "deaf": self._deaf,
            "bye": self._bye,
            "away": self._go_away,
            "revoke_sign_in": self._revoke,
            "end_access": self._end_access,
            "slow_down": self._slow_down,
        }[name]()

    def watch(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    def _posted(self, sender: str, recipients: list[str], raw: bytes) -> None:
        """The provider's postman: a copy to Sent, the mail to its reader, a bounce where there is none."""
        if self.keeps_sent:
            self.brand.sent.put(raw)
        for recipient in recipients:
            box = self.boxes.get(recipient.lower())
            if box is None or self._bouncing:
                self._bouncing = max(0, self._bouncing - 1)
                self.brand.inbox.put(bounce(raw, to=sender, recipient=recipient, at=self._clock()))
                continue
            mail = seen(raw)
            if mail.id in box.known:
                continue  # as the large providers do: a second copy of a Message-ID is not shown
            box.known.add(mail.id)
            box.inbox.put(raw)
            if self._away:
                self.deliver(away(self._writer(box.address), at=self._clock(), answered=mail), sender="")
        self._tell()

    def _box(self, user: str, word: str) -> Box | None:
        if word != _WORD:
            return None
        return self.brand if user.lower() == BRAND else self.boxes.get(user.lower())

    def _writer(self, person: str) -> Writer:
        stranger = Writer(person, person.partition("@")[0].replace(".", " ").title(), "apple")
        return next((writer for writer in CAST if writer.address == person), stranger)

    def _tell(self) -> None:
        for told in self._changed:
            told()

    def _deliver_twice(self) -> str:
        if not self.brand.inbox.mails:
            return "There is no mail yet."
        self.brand.inbox.put(self.brand.inbox.mails[-1].raw)
        return "The last mail lies in the inbox twice."

    def _down(self) -> str:
        self.imap.faults.down = self.smtp.faults.down = True
        self.imap.cut()
        return "The mail server answers nobody."

    def _up(self) -> str:
        self.imap.faults.down = self.smtp.faults.down = self.imap.faults.deaf = False
        self._away = False
        return "The mail server works again."

    def _greylist(self) -> str:
        self.smtp.faults.next_recipient.append("451 4.7.1 Greylisted, please try again in a minute")
        return "The next answer is asked to come again."

    def _drop(self) -> str:
        self.smtp.faults.drop_after_dot += 1
        return "The next answer is taken, but the line breaks before the server says so."

    def _refuse(self) -> str:
        self.smtp.faults.next_recipient.append("550 5.1.1 No such user here")
        return "The next recipient does not exist."

    def _bounce(self) -> str:
        self._bouncing += 1
        return "The next answer is taken and comes back."

    def _renumber(self) -> str:
        self.brand.inbox.renumber()
        self.imap.cut()
        return "All mail has new numbers."

    def _deaf(self) -> str:
        self.imap.faults.deaf = True
        return "Waiting readers are told nothing any more."

    def _bye(self) -> str:
        self.imap.say_bye()
        return "Every reader was sent away."

    def _revoke(self) -> str:
        self.oauth.revoke()
        self.imap.cut()
        return "Whoever signed in must sign in again."

    def _end_access(self) -> str:
        self.oauth.end_access()
        self.imap.cut()
        return "Keys have ended; fresh ones are given for the asking."

    def _slow_down(self) -> str:
        self.smtp.faults.next_data.append("421 4.7.28 Our system has detected an unusual rate of mail. Try again later")
        return "The next mail is told to come later, with all others."

    def _go_away(self) -> str:
        self._away = True
        return "Everybody's auto-responder answers every mail."


SIMULATOR = MailSimulator


async def _alone(host: str, imap_port: int, smtp_port: int) -> None:
    simulator = MailSimulator(now)
    await simulator.start_at(host, imap_port, smtp_port)
    settings = simulator.settings()
    places = f"IMAP {host}:{settings.imap_port}, SMTP {host}:{settings.smtp_port}"
    print(f"{places}, password {_WORD}, no encryption", flush=True)  # noqa: T201
    print("Mailboxes: " + ", ".join([BRAND, *simulator.boxes]))  # noqa: T201
    try:
        await asyncio.Event().wait()
    finally:
        await simulator.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--imap-port", type=int, default=0)
    parser.add_argument("--smtp-port", type=int, default=0)
    chosen = parser.parse_args()
    try:
        asyncio.run(_alone(chosen.host, chosen.imap_port, chosen.smtp_port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
