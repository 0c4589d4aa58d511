"""Sending to a visitor: the message is in our own database already, and the visitor's stream follows it."""

from duologue.channels.contract import Account, Act, Outcome, Outgoing, Receipt


async def send(account: Account, message: Outgoing) -> Outcome:
    """Sent as soon as it is said. Delivered and read are told by the visitor's own screen."""
    return Receipt(id=str(message.id), status="sent")


async def act(account: Account, act: Act) -> Outcome:
    """Other words, taking back, a sign: done in our own database, and the visitor's stream follows."""
    return Receipt(id=None)


async def typing(account: Account, address: str) -> None:
    """The visitor's stream carries it by itself (`Lobby.follow`); there is no other server to tell."""


async def seen(account: Account, address: str, newest: str, token: str | None = None) -> None:
    """As with `typing`: the visitor's lines change their status, and the stream follows."""
