"""How the number is, as far as the API tells: its key, its quality, how many people it may write to."""

from duologue.channels.contract import Account, Sign
from duologue.channels.meta import keys
from duologue.channels.meta.graph import facts
from duologue.channels.whatsapp.graph import graph
from duologue.channels.whatsapp.notices import limit, quality
from duologue.channels.whatsapp.settings import Settings

FIELDS = (
    "id,display_phone_number,verified_name,quality_rating,status,name_status,whatsapp_business_manager_messaging_limit"
)
_NUMBER = {"CONNECTED": "good", "FLAGGED": "warn", "RESTRICTED": "bad", "BANNED": "bad", "DISCONNECTED": "bad"}


async def health(account: Account) -> list[Sign]:
    """Key, number, quality, limit, share of calls used. Raises `Blocked`, `NoAnswer`."""
    settings: Settings = account.settings
    way = graph(account)
    seen = await way.get(settings.phone_id, fields=FIELDS)
    if seen.status != 200:
        return [keys.told(seen, account.clock())]
    told = facts(seen)
    signs = [keys.told(await keys.inspected(way, settings.app_id), account.clock()), *keys.used(seen)]
    if told.get("quality_rating"):
        signs.append(quality(str(told["quality_rating"])))
    if told.get("whatsapp_business_manager_messaging_limit") is not None:
        signs.append(limit(told["whatsapp_business_manager_messaging_limit"]))
    state = str(told.get("status") or "")
    if state:
        level = _NUMBER.get(state, "warn")
        signs.append(Sign(name="Number", words=f"WhatsApp reports: {state}.", level=level))  # type: ignore[arg-type]
    return signs
