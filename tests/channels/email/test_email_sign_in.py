"""Signing in at the provider: keys are renewed ahead of time and when one is refused, and never in a loop."""

import asyncio
import base64
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import aiosmtplib
import msgspec
import pytest

from duologue.channels.contract import (
    Account,
    Leaving,
    NotGranted,
    Receipt,
    Refusal,
    Refused,
    Returned,
    Trouble,
    TryLater,
)
from duologue.channels.email import CHANNEL, access, enter
from duologue.channels.email.access import SignInAgain
from duologue.channels.email.imap.mailbox import LoginRefused, Mailbox
from duologue.channels.email.settings import Settings
from duologue.channels.email.simulate import BRAND, MailSimulator
from duologue.kernel import clock
from duologue.kernel.egress import NoAnswer
from tests.channels.email.email_house import JONAS, House, an_account, an_answer

REDIRECT = "https://inbox.example/settings/channels/signed-in"
VERIFIER = "a" * 43 + "-verifier"
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Keeper:
    """What the house does for an account: keeps what was renewed, and gives it to whoever comes with older settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.renewals = settings, 0
        self._turn = asyncio.Lock()

    async def renew(self, account: Account, make: Any) -> Any:
        async with self._turn:
            if self.settings == account.settings:
                self.settings = await make(account)
                self.renewals += 1
            return self.settings


def signed_in(double: MailSimulator, **changes: Any) -> tuple[Account, Keeper]:
    """`changes`: of what the sign-in has given."""
    settings = double.settings_by_sign_in(double.oauth.granted())
    settings = msgspec.structs.replace(settings, signed_in=msgspec.structs.replace(settings.signed_in, **changes))
    keeper = Keeper(settings)
    return msgspec.structs.replace(an_account(settings, double.places()), renew=keeper.renew), keeper


async def led(double: MailSimulator, settings: Settings, **changes: str) -> tuple[int, dict[str, str]]:
    """A browser goes where it is sent, and comes back with this."""
    leaving = Leaving(redirect=REDIRECT, state="state-1", challenge=CHALLENGE)
    to = CHANNEL.grant.begin(settings, leaving)
    for name, value in changes.items():
        to = to.replace(*((f"{name}=", f"{name}={value}") if value else (name, "x")))
    async with aiohttp.ClientSession() as browser, browser.get(to, allow_redirects=False) as answer:
        back = {name: its[0] for name, its in parse_qs(urlsplit(answer.headers.get("Location", "")).query).items()}
        return answer.status, back


async def finished(account: Account, **came: str) -> Settings:
    return await CHANNEL.grant.finish(account, Returned(redirect=REDIRECT, verifier=VERIFIER, **came))


# the sign-in ----------------------------------------------------------------------------------------------------------


async def test_a_code_becomes_a_key_with_which_both_servers_let_in(double):
    account = an_account(double.settings_by_sign_in(), double.places())
    assert CHANNEL.missing(account.settings) == ["login"]
    double.oauth.redirects = {REDIRECT}
    status, back = await led(double, account.settings)
    assert (status, back["state"]) == (302, "state-1")
    fresh = await finished(account, code=back["code"])
    assert CHANNEL.missing(fresh) == []
    account = msgspec.structs.replace(account, settings=fresh)
    assert [one.words for one in await CHANNEL.check(account) if not one.ok] == []
    assert isinstance(await CHANNEL.send(account, an_answer(JONAS, "Hello")), Receipt)
    assert CHANNEL.grant.standing(fresh).startswith(f"Signed in for {BRAND} since ")


async def test_a_code_is_worth_something_once_and_only_with_its_verifier(double):
    account = an_account(double.settings_by_sign_in(), double.places())
    _, back = await led(double, account.settings)
    with pytest.raises(NotGranted, match="has ended"):
        await CHANNEL.grant.finish(account, Returned(redirect=REDIRECT, verifier="another" * 8, code=back["code"]))
    with pytest.raises(NotGranted):
        await finished(account, code=back["code"])


async def test_an_address_that_is_not_entered_there_is_said_in_plain_words(double):
    account = an_account(double.settings_by_sign_in(), double.places())
    double.oauth.redirects = {"https://elsewhere.example/"}
    assert await led(double, account.settings) == (400, {})
    double.oauth.redirects = set()
    _, back = await led(double, account.settings)
    with pytest.raises(NotGranted, match="does not know the redirect address"):
        await CHANNEL.grant.finish(
            account, Returned(redirect="https://b.example/", verifier=VERIFIER, code=back["code"])
        )


@pytest.mark.parametrize(
    ("came", "words"),
    [
        ({"error": "access_denied"}, "declined in the browser"),
        (
            {"error": "server_error", "description": "AADSTS50011: The redirect URI"},
            "does not know the redirect address",
        ),
        ({"error": "invalid_scope"}, "does not give this application access to mail"),
        ({"error": "odd\r\nthing", "description": "x" * 5000}, r"gives no key: odd thing x+\. Sign in again"),
        ({}, "without a code"),
    ],
)
async def test_what_a_browser_comes_back_with_is_said_in_plain_words(double, came, words):
    with pytest.raises(NotGranted, match=words) as told:
        await finished(an_account(double.settings_by_sign_in(), double.places()), **came)
    assert len(str(told.value)) < 500
    assert "\n" not in str(told.value)


async def test_somebody_who_declines_is_told_so(double):
    double.oauth.declines = True
    account = an_account(double.settings_by_sign_in(), double.places())
    _, back = await led(double, account.settings)
    assert back["error"] == "access_denied"
    with pytest.raises(NotGranted, match="declined"):
        await finished(account, error=back["error"])


async def test_a_wrong_secret_is_said_to_be_one(double):
    settings = msgspec.structs.replace(double.settings_by_sign_in(), client_secret="wrong")
    account = an_account(settings, double.places())
    _, back = await led(double, settings)
    with pytest.raises(NotGranted, match="client ID or the client secret"):
        await finished(account, code=back["code"])


@pytest.mark.parametrize(
    ("login", "starts", "has"),
    [
        (
            "google",
            "https://accounts.google.com/o/oauth2/v2/auth?",
            {"scope": "https://mail.google.com/", "access_type": "offline", "prompt": "consent"},
        ),
        (
            "microsoft",
            "https://login.microsoftonline.com/11ab-22/oauth2/v2.0/authorize?",
            {"scope": "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
             " offline_access"},
        ),
    ],
)  # fmt: skip
def test_the_large_providers_need_only_a_client(login, starts, has):
    settings = Settings(
        address="support@brand.example", login=login, client_id="c1", client_secret="s1", tenant="11ab-22/",
        reply_secret="x" * 40, imap_host="old.example", smtp_host="old.example",
    )  # fmt: skip
    assert CHANNEL.grant.ready(settings) == []
    assert CHANNEL.missing(settings) == ["login"]
    to = CHANNEL.grant.begin(settings, Leaving(redirect=REDIRECT, state="s", challenge=CHALLENGE))
    asked = {name: its[0] for name, its in parse_qs(urlsplit(to).query).items()}
    assert to.startswith(starts)
    assert has.items() <= asked.items()
    assert (asked["redirect_uri"], asked["code_challenge_method"]) == (REDIRECT, "S256")
    assert asked["login_hint"] == settings.whole.imap_user == settings.whole.smtp_user == "support@brand.example"
    assert "old.example" not in {settings.whole.imap_host, settings.whole.smtp_host}


# keys end -------------------------------------------------------------------------------------------------------------


async def test_a_key_is_renewed_before_it_ends_and_once_for_all(double):
    account, keeper = signed_in(double, until=clock.now().timestamp() + access.AHEAD - 5)
    outcomes = await asyncio.gather(*(CHANNEL.send(account, an_answer(JONAS, f"Hello {n}")) for n in range(5)))
    assert all(isinstance(one, Receipt) for one in outcomes)
    assert (keeper.renewals, double.oauth.asked) == (1, ["refresh_token"])
    assert keeper.settings.signed_in.refresh != account.settings.signed_in.refresh  # the old one is worth nothing now


async def test_a_key_that_is_good_is_not_renewed(double):
    account, keeper = signed_in(double)
    await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    await CHANNEL.refresh(account)
    assert (keeper.renewals, double.oauth.asked) == (0, [])


async def test_a_key_that_is_refused_is_renewed_and_the_mail_goes(double):
    account, keeper = signed_in(double)
    await double.command("end_access")
    assert isinstance(await CHANNEL.send(account, an_answer(JONAS, "Hello")), Receipt)
    async with await enter.open_mailbox(account) as mailbox:  # whoever comes with older settings is given the newest
        assert mailbox.can_wait
    assert keeper.renewals == 1


async def test_a_second_refusal_is_final(double):
    account, keeper = signed_in(double)
    double.oauth.knows = lambda user, token: False
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, Refused)
    assert (outcome.why, keeper.renewals) == (Refusal.AUTH, 1)
    account = msgspec.structs.replace(account, settings=keeper.settings)
    with pytest.raises(LoginRefused):
        await enter.open_mailbox(account)
    assert double.oauth.asked == ["refresh_token"] * 2


async def test_who_is_refused_for_the_moment_is_not_renewed(double):
    account, keeper = signed_in(double)
    double.smtp.faults.next_login.append("454 4.7.0 Temporary authentication failure")
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, TryLater)
    assert keeper.renewals == 0


async def test_a_provider_that_does_not_rotate_keeps_its_refresh_token(double):
    double.oauth.rotates = False
    account, keeper = signed_in(double)
    await double.command("end_access")
    assert isinstance(await CHANNEL.send(account, an_answer(JONAS, "Hello")), Receipt)
    assert keeper.settings.signed_in.refresh == account.settings.signed_in.refresh


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda oauth: oauth.revoke(), "was revoked, the password was changed"),
        (lambda oauth: setattr(oauth, "consent_withdrawn", True), "was withdrawn or is not enough"),
    ],
)
async def test_a_sign_in_that_has_ended_says_what_to_do_everywhere(double, how, words):
    account, _ = signed_in(double, until=0.0)
    how(double.oauth)
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.AUTH
    assert words in outcome.reason
    (sign,) = await CHANNEL.health(account)
    assert (sign.level, words in sign.words) == ("bad", True)
    (failed,) = [one for one in await CHANNEL.check(account) if not one.ok]
    assert words in failed.words
    house = House(account)
    house.open()
    await house.has(1)
    await house.close()
    (trouble,) = house.events()
    assert isinstance(trouble, Trouble)
    assert words in trouble.reason


async def test_a_provider_in_trouble_ends_no_sign_in(double):
    account, _ = signed_in(double, until=0.0)
    double.oauth.down = True
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, TryLater)
    assert "at the moment (503)" in outcome.reason


async def test_a_refresh_token_used_twice_ends_the_sign_in(double):
    """What two processes would do to each other without the house's lease."""
    account, _ = signed_in(double, until=0.0)
    stale = msgspec.structs.replace(account, renew=an_account(account.settings, []).renew)
    await access.ready(stale)
    with pytest.raises(SignInAgain):
        await access.ready(stale)


@pytest.mark.parametrize(
    ("ends_in", "level"), [(None, "good"), (30 * 86_400, "good"), (2 * 86_400, "warn"), (0, "bad")]
)
async def test_the_end_of_a_sign_in_is_told_ahead(double, ends_in, level):
    double.oauth.ends_in = ends_in
    account, _ = signed_in(double, until=0.0)
    (sign,) = await CHANNEL.health(account)
    assert (sign.level, sign.until is not None) == (level, ends_in is not None)


async def test_an_account_with_a_password_has_no_sign_in_to_tell_of(account):
    assert await CHANNEL.health(account) == []


# what the servers say -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"[]", b'{"access_token":"a b"}', b'{"access_token":"a\\r\\nQUIT"}', b"\xff"])
async def test_an_answer_without_a_key_is_none(double, body, monkeypatch):
    account, _ = signed_in(double, until=0.0)

    async def answered(*args: Any, **more: Any) -> Any:
        return msgspec.defstruct("Answer", ["status", "body"])(200, body)

    monkeypatch.setattr(account.egress, "request", answered)
    with pytest.raises(NoAnswer):
        await access.ready(account)


async def test_a_foreign_key_opens_nothing(double):
    foreign, _ = signed_in(double, access="ya29.foreign")
    with pytest.raises(LoginRefused, match="Invalid credentials"):
        await Mailbox.open(foreign.egress, foreign.settings.whole)
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=foreign.settings.smtp_port)
    await client.connect()
    with pytest.raises(aiosmtplib.SMTPAuthenticationError) as refused:
        await client.auth_xoauth2(BRAND, "ya29.foreign")
    assert (refused.value.code, refused.value.message[:5]) == (535, "5.7.8")


async def test_a_server_without_keys_says_so(double, monkeypatch):
    account, _ = signed_in(double)
    monkeypatch.setattr("duologue.channels.email.double.imap._Session._abilities", lambda self: b"IMAP4rev1 AUTH=PLAIN")
    with pytest.raises(LoginRefused, match="XOAUTH2"):
        await Mailbox.open(account.egress, account.settings.whole)
