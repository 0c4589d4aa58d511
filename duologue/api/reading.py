"""How what a program sends is read: once, against its struct, without guessing."""

import re
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import ClientException, HTTPException, ValidationException

T = TypeVar("T")
_PLACE = re.compile(r"^(?P<words>.*?)(?: - at `\$(?P<place>.*)`)?$", re.DOTALL)

_NAMED = re.compile(r"(?:required|unknown) field `(.+)`$")


class Strict(Request[Any, Any, Any]):
    """A request whose JSON becomes the struct that the handler asks for as `data`."""

    async def json(self) -> Any:
        """Raises `ValidationException` with the field at fault, and what `of_json` raises."""
        wanted = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        return await of_json(self, wanted)


async def of_json(request: Request[Any, Any, Any], wanted: type[T]) -> T:
    """The body as a `wanted`. Raises 415 for another type, 400 for what is no JSON, 422 for what does not fit."""
    kind = request.content_type[0]
    if kind and kind != "application/json":
        raise HTTPException(status_code=415)
    try:
        return msgspec.json.decode(await request.body(), type=wanted)
    except msgspec.ValidationError as error:
        raise unfit(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ClientException from None


def of_fields(fields: dict[str, Any], wanted: type[T]) -> T:
    """Text fields of a form as a `wanted`. Raises as `of_json` does."""
    try:
        return msgspec.convert(fields, wanted)
    except msgspec.ValidationError as error:
        raise unfit(error) from None


def unfit(error: msgspec.ValidationError) -> ValidationException:
    """With the name of the field, as problem details tell it under `fields`."""
    found = _PLACE.match(str(error))
    words, place = (found["words"], found["place"] or "") if found else (str(error), "")
    named = _NAMED.search(words)
    key = f"{place}.{named[1]}" if named else place
    return ValidationException(extra=[{"key": key.lstrip("."), "message": words}])
