"""What goes wrong, told to programs as RFC 9457 asks; what every page says of it too is told by web/trouble.py."""

from typing import Any

import msgspec
from litestar import Request, Response

from duologue.accounts.model import WrongSettings
from duologue.accounts.templates import Flawed
from duologue.errors import NotSignedIn
from duologue.kernel.house import House
from duologue.web.trouble import PROBLEM, Problem, Trouble


class Problems:
    """The handlers of what is told differently here."""

    def __init__(self, house: House) -> None:
        self._trouble = Trouble(house)
        self.handlers: dict[type[Exception] | int, Any] = {
            NotSignedIn: self.unknown_key,
            WrongSettings: self.wrong_settings,
            Flawed: self.flawed,
        }

    def unknown_key(self, request: Request[Any, Any, Any], error: NotSignedIn) -> Response[Any]:
        """Says which way of signing in there is, as RFC 9110 §11.6.1 asks of every 401."""
        problem = Problem(title="A key is needed", status=error.status, detail=str(error))
        return _answer(problem, {"WWW-Authenticate": 'Bearer realm="duologue"'})

    def wrong_settings(self, request: Request[Any, Any, Any], error: WrongSettings) -> Response[Any]:
        fields = {f"settings.{name}": why for name, why in error.fields.items()}
        return _answer(Problem(title=error.title, status=error.status, detail=str(error), fields=fields), {})

    def flawed(self, request: Request[Any, Any, Any], error: Flawed) -> Response[Any]:
        fields = {one.field: one.reason for one in reversed(error.flaws)}
        return _answer(Problem(title=error.title, status=error.status, detail=str(error), fields=fields), {})


def _answer(problem: Problem, headers: dict[str, str]) -> Response[Any]:
    return Response(msgspec.json.encode(problem), status_code=problem.status, media_type=PROBLEM, headers=headers)
