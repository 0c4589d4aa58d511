"""Templates, made quick when they are compiled: their words are translated once, their icons drawn once, and the pieces
they include stand in them, so that drawing is little more than joining strings.

Templates stay in small files. An error in a piece is reported at the line of that piece, under the name of the template
that it stands in.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

Words = Callable[[str], str]


class Compiler(Environment):
    """An environment for one language. `translate` gives its words; `known` are functions of constants alone."""

    def __init__(self, *, translate: Words, known: Mapping[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(**options)
        self._translate = translate
        self._known = known

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        whole = _Pieces(self, name or "").visit(source)
        return super()._generate(_Constants(self._translate, self._known).visit(whole), name, filename, defer_init)


class _Pieces(NodeTransformer):
    """Puts what is included in the place where it is asked for, in a scope of its own."""

    def __init__(self, environment: Environment, *within: str) -> None:
        self._environment = environment
        self._within = within

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - the name that is called
        """As it stands where its name is only known later, or where it has blocks that others fill."""
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str) or name in self._within or node.ignore_missing or not node.with_context:
            return node
        assert self._environment.loader
        source, filename, _ = self._environment.loader.get_source(self._environment, name)
        piece = self._environment.parse(source, name, filename)
        if next(piece.find_all((nodes.Block, nodes.Extends, nodes.Macro, nodes.Import)), None):
            return node
        whole = _Pieces(self._environment, *self._within, name).visit(piece)
        return nodes.Scope(whole.body, lineno=node.lineno)


class _Constants(NodeTransformer):
    """Works out what is the same each time."""

    def __init__(self, translate: Words, known: Mapping[str, Callable[..., Any]]) -> None:
        self._translate = translate
        self._known = known

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that is called
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or len(node.args) != 1 or node.dyn_args or node.dyn_kwargs:
            return node
        match node.node.name, node.args[0]:
            case "_", nodes.Const(value=str(words)):
                return self._said(words, node.kwargs, node.lineno)
            case name, given if name in self._known and not node.kwargs:
                return self._worked_out(self._known[name], given) or node
        return node

    def _said(self, words: str, filled: list[nodes.Keyword], lineno: int) -> nodes.Expr:
        said = self._translate(words)
        if not filled:
            return _constant(Markup(said) % {}, lineno)  # noqa: S704 - from our own catalogue
        pairs = [nodes.Pair(nodes.Const(one.key, lineno=lineno), one.value, lineno=lineno) for one in filled]
        whole = nodes.MarkSafe(nodes.Const(said, lineno=lineno), lineno=lineno)
        return nodes.Mod(whole, nodes.Dict(pairs, lineno=lineno), lineno=lineno)

    def _worked_out(self, function: Callable[..., Any], given: nodes.Expr) -> nodes.Expr | None:
        match given:
            case nodes.Const():
                return _constant(function(given.value), given.lineno)
            case nodes.CondExpr(expr2=nodes.Expr() as other):
                one, two = self._worked_out(function, given.expr1), self._worked_out(function, other)
                return nodes.CondExpr(given.test, one, two, lineno=given.lineno) if one and two else None
        return None


def _constant(value: object, lineno: int) -> nodes.Expr:
    plain = nodes.Const(str(value), lineno=lineno)
    return nodes.MarkSafe(plain, lineno=lineno) if isinstance(value, Markup) else plain
