"""Every channel there is can be connected from its form."""

import pytest

from duologue.accounts import pages, settings, show
from duologue.channels import registry
from duologue.web import forms
from tests.browser_of import Browser
from tests.cast import Colleague


@pytest.mark.parametrize("kind", sorted(registry.channels()))
async def test_its_form_is_drawn_and_makes_a_draft_or_an_account(
    browser: Browser, ana: Colleague, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (settings, show, pages):
        monkeypatch.setattr(module, "channels", registry.channels)
    await browser.sign_in(ana)
    page = await browser.get(f"/settings/channels/new/{kind}")
    assert page.status_code == 200
    for field in forms.fields(registry.channel(kind).settings):
        assert f'name="{field.name}"' in page.text
    made = await browser.post(f"/settings/channels/new/{kind}", data={"name": "Mine"})
    assert made.status_code == 303
    assert "Mine" in (await browser.get(made.headers["location"])).text
    assert "Mine" in (await browser.get("/settings/channels")).text
