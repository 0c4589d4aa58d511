"""Takes a message out: one call, text and files together. Our own id goes along in the address for its news."""

from duologue.channels.contract import Account, Media, Outcome, Outgoing, Refusal, Refused
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.strict import clean
from duologue.channels.sms.api import api
from duologue.channels.sms.errors import judge
from duologue.channels.sms.settings import Settings, is_service
from duologue.channels.sms.statuses import MARK
from duologue.kernel.egress import Blocked, NoAnswer

TEXT_LIMIT, FILES, FILE_LIMIT, ADDRESS = 1600, 10, 5 * 1024 * 1024, 2000

Form = list[tuple[str, str]]


async def send(account: Account, out: Outgoing) -> Outcome:
    """There is no key that makes a second sending harmless: where the answer is lost, `find` asks the list."""
    form = worded(account, out)
    if isinstance(form, Refused):
        return form
    try:
        answer = await api(account).post("/Messages.json", form)
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    return judge(answer, out.attempt)


def worded(account: Account, out: Outgoing) -> Form | Refused:
    """The call's form, or why there can be none."""
    settings: Settings = account.settings
    text, files = body(settings, out), out.content.media
    unfit = _unfit(settings, text, files)
    if unfit:
        return unfit
    form = [("To", out.address), _sender(settings, out.address)]
    form += [("Body", text)] if text else []
    form += [("MediaUrl", file.url or "") for file in files]
    form.append(("StatusCallback", f"{account.public_url}/in/{account.id}?{MARK}={out.id}"))
    return [*form, ("SmartEncoded", "true")] if settings.smart else form


def body(settings: Settings, out: Outgoing) -> str:
    """The text, with the name of who answers where that is wanted and there is room."""
    text = clean(out.content.text or "").strip()
    author = " ".join(clean(out.author or "").split())
    if not text or not author or out.automated or not settings.sign:
        return text
    signed = f"{text}\n- {author}"
    return signed if len(signed) <= TEXT_LIMIT else text


def _sender(settings: Settings, address: str) -> tuple[str, str]:
    """Where the person wrote through another messenger of the account, the answer leaves by that one too."""
    if is_service(settings):
        return "MessagingServiceSid", settings.sender
    messenger, colon, _ = address.rpartition(":")
    return "From", settings.sender if ":" in settings.sender else f"{messenger}{colon}{settings.sender}"


def _unfit(settings: Settings, text: str, files: tuple[Media, ...]) -> Refused | None:
    if not text and not files:
        return Refused(why=Refusal.CONTENT, reason="there is nothing in the message")
    if len(text) > TEXT_LIMIT:
        words = f"the text has {len(text)} characters, Twilio takes {TEXT_LIMIT}"
        return Refused(why=Refusal.CONTENT, reason=words)
    return _unfit_files(settings, files) if files else None


def _unfit_files(settings: Settings, files: tuple[Media, ...]) -> Refused | None:
    if not settings.mms:
        return Refused(why=Refusal.MEDIA, reason="this number sends no files: put them on a page and send the link")
    if len(files) > FILES:
        return Refused(why=Refusal.MEDIA, reason="there are more files than Twilio takes: 10")
    if sum(len(file.data or b"") for file in files) > FILE_LIMIT:
        return Refused(why=Refusal.MEDIA, reason="the files are larger than Twilio takes: 5 MB together")
    if any(not (file.url or "").startswith("http") or len(file.url or "") > ADDRESS for file in files):
        return Refused(
            why=Refusal.MEDIA, reason="Twilio fetches files from here, and this installation has no address for them"
        )
    return None
