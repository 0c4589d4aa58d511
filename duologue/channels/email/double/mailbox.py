"""The mailboxes of the double: folders of numbered mail, as IMAP has them."""

from collections.abc import Callable
from datetime import datetime

from duologue.kernel.clock import Clock


class Mail:
    """One mail in a folder. Its flags are what other mail programs change."""

    def __init__(self, uid: int, raw: bytes, arrived: datetime) -> None:
        self.uid, self.raw, self.arrived = uid, raw, arrived
        self.flags: set[str] = set()


class Folder:
    """Numbered mail; `watch` is told of every change."""

    def __init__(self, name: str, clock: Clock, attributes: str = "") -> None:
        self.name, self.attributes = name, attributes
        self._clock = clock
        self.validity = int(clock().timestamp())
        self.next_uid = 1
        self.mails: list[Mail] = []
        self._watchers: list[Callable[[], None]] = []

    def put(self, raw: bytes, arrived: datetime | None = None) -> Mail:
        mail = Mail(self.next_uid, raw, arrived or self._clock())
        self.next_uid += 1
        self.mails.append(mail)
        self.changed()
        return mail

    def remove(self, mail: Mail) -> None:
        """Another program deleted or moved it."""
        self.mails.remove(mail)

    def renumber(self) -> None:
        """All uids mean something else from now on, as after a restored backup."""
        self.validity += 1
        self.next_uid = 1
        for mail in self.mails:
            mail.uid, self.next_uid = self.next_uid, self.next_uid + 1

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Returns what ends the watching."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def changed(self) -> None:
        for told in list(self._watchers):
            told()


class Box:
    """Everything of one address."""

    def __init__(self, address: str, clock: Clock) -> None:
        self.address = address
        self.inbox = Folder("INBOX", clock)
        self.sent = Folder("Sent Items", clock, "\\Sent")
        self.known: set[str] = set()  # ids of mail that has been shown

    @property
    def folders(self) -> list[Folder]:
        return [self.inbox, self.sent]
