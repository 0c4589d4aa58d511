"""A template drawn by the compiler says what the plain engine says: only sooner."""

import pytest
from jinja2 import DictLoader, Environment
from markupsafe import Markup

from duologue.web.compiled import Compiler

PIECES = {
    "page": "{% set a = 1 %}{% for b in bs %}{% include 'piece' %}{{ a }}{% endfor %}",
    "piece": "{% set a = 2 %}<i>{{ b }}{{ a }}{{ _('Hello') }}</i>",
    "greeting": "{{ _('Hello %(name)s', name=name) }}",
    "mark": "{{ icon('ok' if good else 'bad') }}{{ icon('ok') }}{{ icon(name) }}",
    "asked": "{% include which %}",
    "maybe": "{% include 'nowhere' ignore missing %}",
    "itself": "{{ depth }}{% if depth %}{% with depth = depth - 1 %}{% include 'itself' %}{% endwith %}{% endif %}",
    "base": "<p>{% block words %}none{% endblock %}</p>",
    "built": "{% extends 'base' %}{% block words %}{% include 'piece' %}{% endblock %}",
    "holds": "{% include 'base' %}",
}
GERMAN = {"Hello": "Hallo", "Hello %(name)s": "Hallo, <b>%(name)s</b>"}
drawn: list[str] = []


def icon(name: str) -> Markup:
    drawn.append(name)
    return Markup("<svg>%s</svg>") % name


def translated(text: str) -> str:
    return GERMAN.get(text, text)


def made(kind: type[Environment], **more: object) -> Environment:
    found = kind(loader=DictLoader(PIECES), autoescape=True, extensions=["jinja2.ext.i18n"], **more)
    found.install_gettext_callables(translated, lambda one, many, n: one, newstyle=True)  # type: ignore[attr-defined]
    found.globals["icon"] = icon
    return found


@pytest.mark.parametrize("name", PIECES)
def test_it_says_what_the_plain_engine_says(name: str) -> None:
    context = {"bs": ["<x>", "y"], "b": "<z>", "name": "<Ana>", "good": False, "which": "piece", "depth": 3}
    plain = made(Environment).get_template(name).render(context)
    assert made(Compiler, translate=translated, known={"icon": icon}).get_template(name).render(context) == plain


def test_what_is_always_the_same_is_worked_out_once() -> None:
    template = made(Compiler, translate=translated, known={"icon": icon}).get_template("mark")
    template.render(good=True, name="mine")
    drawn.clear()
    template.render(good=True, name="mine")
    assert drawn == ["mine"]
