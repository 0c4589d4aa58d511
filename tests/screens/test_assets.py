"""What the browser gets is what was chosen, and can be kept for ever."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from duologue.web import assets, icons, policy

VENDOR = assets.FOLDER / "vendor"
SCRIPTS = sorted((assets.FOLDER / "js").glob("*.js"))
SHEETS = sorted((assets.FOLDER / "css").glob("*.css"))


def test_vendored_files_are_the_ones_that_were_checked() -> None:
    sums = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {
        path.relative_to(VENDOR).as_posix(): path
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()} == sums


def test_each_vendored_package_has_its_licence_and_integrity() -> None:
    for package in tomllib.loads((Path(assets.__file__).parent / "assets.toml").read_text())["package"]:
        assert package["integrity"].startswith("sha512-")
        assert package["licence"]
        assert (VENDOR / package["folder"] / "LICENSE").stat().st_size > 100


def test_an_address_leads_to_its_file() -> None:
    address = assets.asset("css/tokens.css")
    assert re.fullmatch(r"/assets/[0-9a-f]{16}/css/tokens\.css", address)
    assert assets.find(address) == ((assets.FOLDER / "css/tokens.css").read_bytes(), "text/css; charset=utf-8")


@pytest.mark.parametrize(
    "address",
    [
        "/assets/0000000000000000/css/tokens.css",
        f"/assets/{assets.HASH}/css/none.css",
        f"/assets/{assets.HASH}/../render.py",
        f"/assets/{assets.HASH}/css/../../render.py",
        f"/assets/{assets.HASH}/vendor/SHA256SUMS",
        f"/assets/{assets.HASH}//etc/passwd",
        "/assets/",
        "",
    ],
)
def test_no_other_address_leads_anywhere(address: str) -> None:
    assert assets.find(address) is None


def test_a_page_cannot_link_to_nothing() -> None:
    with pytest.raises(KeyError):
        assets.asset("css/none.css")


def test_everything_a_script_or_sheet_names_is_there() -> None:
    for file in SCRIPTS + SHEETS:
        named = re.findall(r'(?:from|import) "(\.[^"]+)"|url\("?([^")#]+)', file.read_text())
        for one in (first or second for first, second in named):
            assert (file.parent / one).resolve().is_file(), f"{file.name} names {one}"


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        icons.icon("no-such-icon")


def test_a_channels_icon_brings_shapes_only(tmp_path: Path) -> None:
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "icon.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" onload="alert(1)"><script>alert(1)</script>'
        '<path d="M1 1h2" style="fill:red" onclick="alert(1)"/><image href="https://t.example"/>'
        '<g><circle cx="1" cy="1" r="1" fill="url(https://t.example)"/></g></svg>'
    )
    drawn = icons.ChannelIcons(tmp_path)("evil")
    assert drawn == (
        '<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path d="M1 1h2"></path>'
        '<g><circle cx="1" cy="1" r="1"></circle></g></svg>'
    )


def test_a_channel_without_an_icon_gets_a_speech_bubble(tmp_path: Path) -> None:
    assert icons.ChannelIcons(tmp_path)("none") == icons.icon("message-circle")
    assert icons.ChannelIcons(tmp_path)("../none") == icons.icon("message-circle")


def test_the_policy_lets_nothing_inline_run() -> None:
    for header in (policy.PAGE, policy.FRAME):
        assert "unsafe" not in header
        assert header.startswith("default-src 'none'")
    assert "allow-scripts" not in policy.FRAME
    assert "script-src" not in policy.FRAME


def test_no_template_has_inline_script_or_style() -> None:
    for file in Path(assets.__file__).parent.parent.glob("*/html/*.html"):
        source = file.read_text()
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", source), file


def test_scripts_stay_small() -> None:
    lines = {file.name: len(file.read_text().splitlines()) for file in SCRIPTS}
    assert max(lines.values()) <= 200, lines
    assert sum(lines.values()) <= 1500, lines
