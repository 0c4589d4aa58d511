"""What a browser loads: small, strict, cacheable, and without a secret in it."""

import gzip
import re

from duologue.channels.web.server import pages


def test_the_widget_weighs_less_than_fifteen_kilobytes_in_all():
    files = pages.files()
    assert sum(len(files[name].packed) for name in ("widget.js", "frame.js", "frame.css")) < 15_000


def test_joined_modules_bring_no_two_top_level_names_alike_and_no_imports():
    script = pages.files()["frame.js"].body.decode()
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    names = [
        name
        for path in sorted(pages._FOLDER.glob("*.js"))
        if path.name != "widget.js"
        for name in re.findall(
            r"^(?:export )?(?:const|let|class|(?:async )?function\*?) ([\w$]+)", path.read_text(), re.M
        )
    ]
    assert sorted(names) == sorted(set(names))
    for name in names:
        assert re.search(rf"\b{re.escape(name)}\b", script)


def test_the_browser_code_never_parses_markup_or_code():
    for path in pages._FOLDER.glob("*.js"):
        found = re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|setAttribute\(.style",
            path.read_text(),
        )
        assert not found, path.name


async def test_the_widget_is_cacheable_and_answers_a_browser_that_has_it(house):
    reply = await house.client.get("/web/widget.js", headers={"accept-encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    assert "max-age=3600" in reply.headers["cache-control"]
    assert reply.headers["vary"] == "Accept-Encoding"
    again = await house.client.get("/web/widget.js", headers={"if-none-match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await house.client.get("/web/widget.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == gzip.decompress(pages.files()["widget.js"].packed)


async def test_files_are_kept_for_ever_only_under_their_own_version(house):
    good = await house.client.get(f"/web/assets/{pages.version()}/frame.css")
    assert "immutable" in good.headers["cache-control"]
    assert good.headers["content-type"].startswith("text/css")
    other = await house.client.get("/web/assets/0000/frame.css")
    assert other.headers["cache-control"] == "no-cache"


async def test_only_listed_websites_may_frame_the_chat(house):
    account = house.account(
        origins="https://shop.example.com\nhttps://*.example.org\njavascript:alert(1)\nx; script-src *"
    )
    reply = await house.client.get(f"/web/{account.id}/frame")
    policy = dict(part.strip().split(" ", 1) for part in reply.headers["content-security-policy"].split(";"))
    assert policy["frame-ancestors"] == "'self' https://shop.example.com https://*.example.org"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"


async def test_neither_page_has_a_script_or_style_of_its_own(house):
    account = house.account()
    for page in ("frame", "sample"):
        text = (await house.client.get(f"/web/{account.id}/{page}")).text
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)


async def test_no_key_or_secret_stands_in_anything_a_browser_loads(house):
    account = house.account()
    for path in ("widget.js", f"{account.id}/frame", f"{account.id}/sample", f"assets/{pages.version()}/frame.js"):
        text = (await house.client.get(f"/web/{path}")).text
        assert account.settings.session_key not in text
        assert account.settings.identity_secret not in text
        assert str(account.workspace) not in text


async def test_what_an_administrator_wrote_cannot_break_out_of_the_page(house):
    hostile = "\"'></title><script>alert(1)</script>[[config]]&"
    account = house.account(title=hostile, greeting=hostile, accent='red"><script>')
    text = (await house.client.get(f"/web/{account.id}/frame")).text
    assert "<script>alert" not in text
    assert text.count("[[config]]") == 4  # in title, heading, and twice in the settings: as written
    assert "#00727c" in text


async def test_the_frame_speaks_the_visitors_language_where_it_can(house):
    account = house.account()
    german = await house.client.get(f"/web/{account.id}/frame", headers={"accept-language": "fr-CA, de-AT;q=0.8"})
    assert '<html lang="de">' in german.text
    assert "Nachricht schreiben" in german.text
    other = await house.client.get(f"/web/{account.id}/frame", headers={"accept-language": b"\xff;;;,"})
    assert '<html lang="en">' in other.text


async def test_the_sample_page_may_stand_in_a_frame_of_ours_only(house):
    account = house.account()
    reply = await house.client.get(f"/web/{account.id}/sample")
    assert reply.headers["content-security-policy"].endswith("frame-ancestors 'self'")
    assert f'data-channel="{account.id}"' in reply.text


async def test_the_application_does_not_mind_how_it_is_mounted(house):
    account = house.account()

    async def ask(path, root_path):
        sent = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "root_path": root_path,
            "headers": [],
            "query_string": b"",
        }
        await house.app(scope, receive, send)
        return sent[0]["status"]

    page = f"/{account.id}/sample"
    assert await ask(f"/web{page}", "") == 200
    assert await ask(f"/web{page}", "/web") == 200
    assert await ask(page, "/web") == 200
    assert await ask(page, "") == 200
    assert await ask(f"/behind/web{page}", "/behind") == 200
    assert await ask(f"/behind/web{page}", "/behind/web") == 200
    assert await ask(f"/other{page}", "") == 404
