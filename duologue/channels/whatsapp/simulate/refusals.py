"""The platform's errors about a message, as the API words them."""

from duologue.channels.meta.double.errors import GraphError


def bad(details: str, code: int = 131009) -> GraphError:
    """A value that is not taken."""
    words = "Parameter value is not valid" if code == 131009 else "Required parameter is missing"
    return GraphError(code, None, f"(#{code}) {words}", data={"messaging_product": "whatsapp", "details": details})


def refused(code: int, words: str, status: int = 400) -> GraphError:
    """An error that may come as the answer, or later as a status."""
    about = {"messaging_product": "whatsapp", "details": words}
    return GraphError(code, None, f"(#{code}) {words}", status, data=about)
