"""SMTP submission and the outside world behind it: who gets the mail, who refuses it, which bounces come back."""

import asyncio
import base64
import logging
import warnings
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_CHALLENGE = b'{"status":"400","schemes":"Bearer","scope":"https://mail.simulated.example/"}'
Taken = Callable[[str, list[str], bytes], None]


class SmtpFaults:
    """One-shot answers, taken by the next mail; `down` lasts."""

    def __init__(self) -> None:
        self.down = False
        self.next_recipient: list[str] = []
        self.next_data: list[str] = []
        self.drop_after_dot = 0
        self.drop_before_data = 0
        self.next_login: list[str] = []


def xoauth2(encoded: bytes) -> tuple[str, str]:
    """User and key of an initial response of XOAUTH2; empty where it is none."""
    try:
        parts = base64.b64decode(encoded, validate=True).decode().split("\x01")
    except ValueError:
        return "", ""
    known = len(parts) == 4 and parts[0].startswith("user=") and parts[1].startswith("auth=Bearer ")
    return (parts[0][5:], parts[1][12:]) if known and not parts[2] + parts[3] else ("", "")


class SmtpServer:
    """Takes mail from those who sign in; `taken(sender, recipients, raw)` is the postman."""

    def __init__(
        self, knows: Callable[[str, str], bool], taken: Taken, lets_in: Callable[[str, str], bool] | None = None
    ) -> None:
        self._knows, self._taken = knows, taken
        self._lets_in = lets_in or (lambda user, token: False)  # with a key of the sign-in
        self.faults = SmtpFaults()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells every login
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, host, port)
        return self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    def _protocol(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", UserWarning
            )  # a login without encryption is what a double on loopback is for
            return self._smtp()

    def _smtp(self) -> SMTP:
        return _Smtp(
            _Handler(self.faults, self._taken, self._lets_in),
            hostname="smtp.simulated.example",
            ident="simulated",
            enable_SMTPUTF8=True,
            auth_required=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and self._knows(data.login.decode(), data.password.decode())
        return AuthResult(success=known, handled=False)


class _Smtp(SMTP):
    """aiosmtpd, but able to hang up where it hurts."""

    def hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Handler:
    def __init__(self, faults: SmtpFaults, taken: Taken, lets_in: Callable[[str, str], bool]) -> None:
        self._faults, self._taken, self._lets_in = faults, taken, lets_in

    async def auth_XOAUTH2(self, server: _Smtp, args: list[str]) -> AuthResult:  # noqa: N802
        """A key that is refused is told why in a challenge, which the client answers with an empty line."""
        if self._faults.next_login:
            return AuthResult(success=False, handled=False, message=self._faults.next_login.pop(0))
        user, token = xoauth2(args[1].encode() if len(args) > 1 else b"")
        if self._lets_in(user, token):
            return AuthResult(success=True, handled=False)
        await server.challenge_auth(_CHALLENGE)
        said = "535 5.7.8 Username and Password not accepted. For more information, go to the help pages"
        return AuthResult(success=False, handled=False, message=said)

    async def handle_EHLO(  # noqa: N802 - the library calls it so
        self, server: _Smtp, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self._faults.down:
            server.hang_up()
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: _Smtp, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if self._faults.drop_before_data:
            self._faults.drop_before_data -= 1
            server.hang_up()
        if self._faults.next_recipient:
            return self._faults.next_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: _Smtp, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._faults.next_data:
            return self._faults.next_data.pop(0)
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        self._taken(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        if self._faults.drop_after_dot:
            self._faults.drop_after_dot -= 1
            server.hang_up()
        return "250 2.0.0 Ok: queued"
