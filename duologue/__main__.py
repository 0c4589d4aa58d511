"""The command line. `duologue --help` lists it; each command's own help says the rest."""

import sys
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from duologue import __version__, care, operate, run
from duologue.errors import Stop, Told
from duologue.settings import Settings, read

app = cyclopts.App(
    name="duologue",
    help="Every direct message of every platform in one private, self-hosted inbox.",
    version=__version__,
)
channel = cyclopts.App(name="channel", help="Connect and look after the brand's accounts on platforms.")
key = cyclopts.App(name="key", help="Keys for programs that use the API.")
sends = cyclopts.App(name="sends", help="Whether messages leave; a restored copy does not send until told so.")
vault = cyclopts.App(name="vault", help="The keys that seal what people write.")
for group in (channel, key, sends, vault):
    app.command(group)

Data = Annotated[Path | None, Parameter(name="--data", help="The data directory. Default: in your data home.")]
Host = Annotated[str | None, Parameter(name="--host", help="The address to listen on. Default: 127.0.0.1.")]
Port = Annotated[int | None, Parameter(name="--port", help="The port to listen on. Default: 8000.")]
Url = Annotated[
    str | None, Parameter(name="--public-url", help="How it is reached from outside. Default: host and port.")
]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")]


@app.command
def up(
    *,
    data: Data = None,
    host: Host = None,
    port: Port = None,
    public_url: Url = None,
    demo: Annotated[bool, Parameter(negative="", help="With simulated platforms, a cast, and a playground.")] = False,
) -> None:
    """Start everything as one program: web, workers and the database."""
    run.up(read(data=data, host=host, port=port, public_url=public_url, demo=demo or None))


@app.command
def serve(*, data: Data = None, host: Host = None, port: Port = None, public_url: Url = None) -> None:
    """Start only what people and platforms call. Needs DATABASE_URL."""
    run.serve(read(data=data, host=host, port=port, public_url=public_url))


@app.command
def work(*, data: Data = None, public_url: Url = None) -> None:
    """Start only what is done in the background. Needs DATABASE_URL."""
    run.work(read(data=data, public_url=public_url))


@app.command
def migrate(*, data: Data = None) -> None:
    """Bring the database to this program's schema. `up` and `serve` do so by themselves."""
    for name in operate.migrate(_settings(data)):
        print(name)


@app.command
def doctor(
    *,
    data: Data = None,
    count: Annotated[bool, Parameter(negative="", help="Count what came in against where it is now.")] = False,
    json: Json = False,
) -> None:
    """Say what is wrong and what to do. Exit status 1 where something is."""
    findings = care.doctor(_settings(data), count=count)
    print(care.as_json(findings) if json else care.as_text(findings))
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


@app.command
def backup(
    file: Path,
    *,
    replace: Annotated[bool, Parameter(negative="", help="Where the file is there already, write over it.")] = False,
    data: Data = None,
) -> None:
    """Write everything into one file: database, keys, files. Can be done while the program runs."""
    care.backup(_settings(data), file, replace=replace)
    print(f"{file} holds everything, the master key too: keep it where nobody else can read it.", file=sys.stderr)


@app.command
def restore(file: Path, *, data: Data = None) -> None:
    """Make an installation out of a backup, in an empty data directory. It does not send until told so."""
    care.restore(_settings(data), file)
    print("Restored. It receives, but sends nothing until you say: duologue sends on", file=sys.stderr)


@app.command
def simulate(
    kind: str,
    *,
    port: Annotated[int | None, Parameter(help="The port to listen on. Default: a free one.")] = None,
    webhook: Annotated[str | None, Parameter(help="Where its events go.")] = None,
) -> None:
    """Run a platform's double alone, to try a channel without the platform."""
    operate.simulate(kind, port or 0, webhook)


@key.command(name="add")
def key_add(name: str, *, data: Data = None) -> None:
    """Make an API key and print it, and nothing else. It is shown this once."""
    print(operate.add_key(_settings(data), name))


@channel.command(name="add")
def channel_add(
    kind: str,
    *,
    name: Annotated[str, Parameter(help="What the account is called in the inbox.")] = "",
    set: Annotated[list[str], Parameter(name="--set", help="A setting, name=value; once for each.", negative="")] = [],  # noqa: B006
    data: Data = None,
    json: Json = False,
) -> None:
    """Connect an account of a platform. Inside addresses named in a setting are allowed for this account."""
    connected = operate.add_channel(_settings(data), kind, name, _pairs(set))
    print(operate.as_json(connected) if json else operate.as_text(connected))


@channel.command(name="set")
def channel_set(
    id: str,
    *,
    set: Annotated[list[str], Parameter(name="--set", help="A setting, name=value; once for each.", negative="")] = [],  # noqa: B006
    data: Data = None,
    json: Json = False,
) -> None:
    """Change settings of an account; the others stay."""
    connected = operate.change_channel(_settings(data), id, _pairs(set))
    print(operate.as_json(connected) if json else operate.as_text(connected))


@channel.command(name="list")
def channel_list(*, data: Data = None, json: Json = False) -> None:
    """List the accounts and how they are."""
    accounts = operate.list_channels(_settings(data))
    print(operate.as_json(accounts) if json else "\n".join(operate.as_text(one) for one in accounts))


@channel.command(name="check")
def channel_check(id: str, *, data: Data = None, json: Json = False) -> None:
    """Try each step of an account's connection and say how it is. Exit status 1 where a step fails."""
    checked = operate.check_channel(_settings(data), id)
    print(operate.as_json(checked) if json else operate.checked_as_text(checked))
    if not all(check.ok for check in checked.checks):
        raise SystemExit(1)


@channel.command(name="pause")
def channel_pause(id: str, *, data: Data = None) -> None:
    """Send nothing and poll nothing on this account; what waits, waits."""
    operate.pause_channel(_settings(data), id)


@channel.command(name="resume")
def channel_resume(id: str, *, data: Data = None) -> None:
    """Go on with a paused account."""
    operate.resume_channel(_settings(data), id)


@sends.command(name="on")
def sends_on(*, data: Data = None) -> None:
    """This copy is the one that sends."""
    operate.set_sends(_settings(data), on=True)


@sends.command(name="off")
def sends_off(*, data: Data = None) -> None:
    """Nothing leaves any more; what is written waits."""
    operate.set_sends(_settings(data), on=False)


@vault.command(name="turn")
def vault_turn(*, data: Data = None) -> None:
    """Make a new master key and wrap all workspace keys with it. Stop the program first."""
    print(f"{operate.turn_vault(_settings(data))} workspace keys wrapped anew.", file=sys.stderr)


def _settings(data: Path | None) -> Settings:
    return read(data=data)


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise Stop(f"--set wants name=value, not {one!r}.", 2)
        pairs[name.strip()] = value
    return pairs


def main() -> None:
    run.log_to_stderr()
    try:
        app()
    except Stop as error:
        print(f"duologue: {error}", file=sys.stderr)
        raise SystemExit(error.code) from error
    except Told as error:
        print(f"duologue: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
