"""Settings structs as forms: the fields that draw one, and the struct read back from what was posted.

A field's title, help and manners are in its `msgspec.Meta` (see `channels.contract.setting`). Secrets are never written
into a page; an empty secret field keeps what is stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

S = TypeVar("S", bound=Struct)


class Field(Struct, frozen=True, kw_only=True):
    """One input as the form draws it."""

    name: str
    title: str
    help: str
    kind: Literal["text", "number", "switch", "choice", "list"]
    value: str
    secret: bool = False
    kept: bool = False  # a secret is stored; leaving the field empty keeps it
    example: str = ""
    advanced: bool = False
    multiline: bool = False
    choices: tuple[str, ...] = ()
    required: bool = False
    account: bool = False  # to choose one of the workspace's accounts that carry on what began elsewhere
    titles: Mapping[str, str] = {}  # of the choices, where they have any
    only: Mapping[str, Sequence[str]] = {}  # shown where these other fields have one of these values
    takes: Sequence[str] = ()  # settings that are sent to the place that this one names


class Wrong(Exception):
    """What was posted cannot be used. `words` says why, by field."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__("; ".join(words.values()))
        self.words = words


def fields(settings_type: type[Struct], settings: Struct | None = None) -> list[Field]:
    """The inputs of a settings struct, with the values of `settings`, or the defaults."""
    hints = get_type_hints(settings_type, include_extras=True)
    drawn = [info for info in msgspec.structs.fields(settings_type) if not _is_kept(hints[info.name])]
    return [_field(info, hints[info.name], settings) for info in drawn]


def read(settings_type: type[S], form: Mapping[str, str], kept: S | None = None) -> S:
    """The struct that the posted fields stand for. Raises `Wrong`."""
    hints = get_type_hints(settings_type, include_extras=True)
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in fields(settings_type, kept):
        try:
            values[field.name] = _value(field, hints[field.name], form, kept)
        except (ValueError, msgspec.ValidationError) as error:
            wrong[field.name] = str(error)
    if wrong:
        raise Wrong(wrong)
    made = msgspec.convert(values, settings_type)
    by_itself = {name: getattr(kept, name) for name, hint in hints.items() if kept is not None and _is_kept(hint)}
    return msgspec.structs.replace(made, **by_itself)


def _field(info: msgspec.structs.FieldInfo, hint: Any, settings: Struct | None) -> Field:
    bare, meta = _split(hint)
    extra = meta.extra or {}
    value = getattr(settings, info.name) if settings is not None else _default(info)
    secret = bool(extra.get("secret"))
    kind = _kind(bare)
    return Field(
        name=info.name,
        title=meta.title or info.name.replace("_", " ").capitalize(),
        help=meta.description or "",
        kind=kind,
        value="" if secret else _shown(value),
        secret=secret,
        kept=secret and bool(value),
        example=extra.get("example", ""),
        advanced=bool(extra.get("advanced")),
        multiline=bool(extra.get("multiline")) or kind == "list",
        choices=tuple(str(one) for one in get_args(_plain(bare))) if kind == "choice" else (),
        required=info.required,
        account=bool(extra.get("account")),
        titles=extra.get("titles", {}),
        only=extra.get("only", {}),
        takes=extra.get("takes", ()),
    )


def _is_kept(hint: Any) -> bool:
    """Whether the program fills it in by itself."""
    return bool((_split(hint)[1].extra or {}).get("kept"))


def _value(field: Field, hint: Any, form: Mapping[str, str], kept: Struct | None) -> Any:
    text = form.get(field.name, "").strip()
    if field.secret and not text and kept is not None:
        return getattr(kept, field.name)
    bare, _ = _split(hint)
    if field.kind == "switch":
        return text in {"on", "true", "1", "yes"}
    if field.kind == "list":
        return msgspec.convert([line.strip() for line in text.splitlines() if line.strip()], hint)
    if not text and type(None) in get_args(bare):
        return None
    return msgspec.convert(text, hint, strict=False)


def _split(hint: Any) -> tuple[Any, Meta]:
    if get_origin(hint) is Annotated:
        bare, *rest = get_args(hint)
        return bare, next((one for one in rest if isinstance(one, Meta)), Meta())
    return hint, Meta()


def _plain(bare: Any) -> Any:
    """Without the "or None"."""
    if get_origin(bare) in (Union, UnionType):
        return next(one for one in get_args(bare) if one is not type(None))
    return bare


def _kind(bare: Any) -> Literal["text", "number", "switch", "choice", "list"]:
    plain = _plain(bare)
    if plain is bool:
        return "switch"
    if plain in (int, float):
        return "number"
    if get_origin(plain) is Literal:
        return "choice"
    return "list" if get_origin(plain) in (list, tuple, set, frozenset) else "text"


def _default(info: msgspec.structs.FieldInfo) -> Any:
    if info.default is not msgspec.NODEFAULT:
        return info.default
    return info.default_factory() if info.default_factory is not msgspec.NODEFAULT else None


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    return (
        "\n".join(str(one) for one in value)
        if isinstance(value, Iterable) and not isinstance(value, str)
        else str(value)
    )
