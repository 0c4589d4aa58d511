"""What a person may be told when something cannot be done. The words are shown as they stand."""


class Told(Exception):
    """An error whose text is written for the person who reads it."""

    status = 400
    title = "This cannot be done"


class Invalid(Told):
    """What was given cannot be used; `field` names the input at fault, where there is one."""

    status = 422
    title = "Something is not right"

    def __init__(self, words: str, field: str | None = None) -> None:
        super().__init__(words)
        self.field = field


class NotSignedIn(Told):
    status = 401
    title = "Please sign in"


class NotAllowed(Told):
    status = 403
    title = "Not allowed"


class NotFound(Told):
    status = 404
    title = "Not found"


class Conflict(Told):
    """Somebody was faster, or the thing is in a state that does not allow this."""

    status = 409
    title = "Something changed meanwhile"


class TooMany(Told):
    """Too much at once; `after` is the number of seconds to wait."""

    status = 429
    title = "Too many requests"

    def __init__(self, words: str, after: float) -> None:
        super().__init__(words)
        self.after = after


class Stop(Exception):
    """The program cannot go on. One line says what is wrong and what to do; `code` is the exit status."""

    def __init__(self, words: str, code: int = 1) -> None:
        super().__init__(words)
        self.code = code
