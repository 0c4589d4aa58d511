"""What this installation was started with. A data directory is enough; nothing else must be given."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta, Struct

from duologue.errors import Stop

FILE = "duologue.toml"
URL_FILE = "url"  # where the program was reached when it last started; for commands beside it


class Settings(Struct, frozen=True, kw_only=True):
    """Read once at start: command line before environment (`DUOLOGUE_…`, `DATABASE_URL`) before `duologue.toml`."""

    data: Path
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    public_url: str = ""  # how platforms and people reach this installation; default: http://host:port
    database_url: str = ""  # your own PostgreSQL; default: the one that comes along, inside `data`
    nats_url: str = ""  # a NATS server that carries wake-ups between processes; default: the database does
    allow: list[str] = []  # inside places that may be connected to: "10.0.0.5:993", "mail.lan", "10.1.0.0/16"
    trusted_proxies: list[str] = []  # whose X-Forwarded-For and -Proto are believed
    upload_limit: Annotated[int, Meta(ge=1)] = 30 * 1024 * 1024  # bytes of one request
    keep_raw_days: Annotated[int, Meta(ge=0, le=365)] = 7  # arrivals as they came, once sorted; for replay
    demo: bool = False  # doubles of the platforms, a made-up history, and the playground

    @property
    def url(self) -> str:
        """How this installation is reached, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    def as_last_started(self) -> Self:
        """With the address that the program was started with, where none is given."""
        started = self.data / URL_FILE
        if self.public_url or not started.exists():
            return self
        return msgspec.structs.replace(self, public_url=started.read_text())

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")


def read(**given: Any) -> Settings:
    """The settings; `given` values that are not None go before all others. Raises `Stop` with the name at fault."""
    chosen = given.get("data") or os.environ.get("DUOLOGUE_DATA") or default_data(demo=bool(given.get("demo")))
    data = Path(chosen).expanduser().absolute()
    values: dict[str, Any] = {
        **_file(data / FILE),
        **_environment(),
        **{k: v for k, v in given.items() if v is not None},
    }
    values["data"] = str(data)
    unknown = sorted(set(values) - set(Settings.__struct_fields__))
    if unknown:
        raise Stop(f"There is no setting named {unknown[0]!r}. Known: {', '.join(Settings.__struct_fields__)}.")
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise Stop(f"A setting cannot be used: {error}.") from error


def default_data(*, demo: bool) -> Path:
    """In the user's data home; for root where the database's user can enter. A demo never mixes with what is real."""
    name = "duologue-demo" if demo else "duologue"
    if os.geteuid() == 0:
        return Path("/var/lib") / name
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / name


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise Stop(f"{path} cannot be read: {error}.") from error


def _environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        value = os.environ.get("DATABASE_URL" if name == "database_url" else f"DUOLOGUE_{name.upper()}")
        if value:
            found[name] = [part.strip() for part in value.split(",")] if name in {"allow", "trusted_proxies"} else value
    return found


def _path(into: type, value: Any) -> Any:
    return Path(value) if into is Path else value
