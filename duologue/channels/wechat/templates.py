"""The templates that the account has been granted, as the API lists them."""

import re
from typing import Any

from duologue.channels.contract import Account, Blank, Template
from duologue.channels.shared.strict import clean
from duologue.channels.wechat.api import NoKey, call, code, facts
from duologue.channels.wechat.errors import told
from duologue.kernel.egress import NoAnswer

_BLANK = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")


async def templates(account: Account) -> list[Template]:
    """All of them. Raises `Blocked`, `NoAnswer`."""
    try:
        answer = await call(account, "template/get_all_private_template")
    except NoKey as error:
        raise NoAnswer("WeChat gave no key", sent=True) from error
    rows = facts(answer).get("template_list")
    if code(answer) or not isinstance(rows, list):
        raise NoAnswer(f"the templates cannot be read: {told(answer)}", sent=True)
    return [made for row in rows if isinstance(row, dict) and (made := template(row))]


def template(row: dict[str, Any]) -> Template | None:
    """One row of the list; None where it has no id or no words."""
    number, words = row.get("template_id"), row.get("content")
    if not isinstance(number, str) or not number or not isinstance(words, str):
        return None
    title = row.get("title")
    names = list(dict.fromkeys(_BLANK.findall(words)))
    return Template(
        id=number,
        name=clean(title) if isinstance(title, str) and title else number,
        language="zh_CN",
        category=clean(str(row.get("deputy_industry") or "")),
        text=_BLANK.sub(r"{{\1}}", clean(words)),
        blanks=tuple(Blank(name=name, title=name) for name in names),
    )
