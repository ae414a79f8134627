"""Find gettext calls in TypeScript and TSX by its grammar.

Babel's own JavaScript extractor loses strings silently after a quote, a slash or a back-tick
in JSX text. This one reads the syntax tree, and refuses a file that does not parse.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import IO

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

TYPESCRIPT = Language(tree_sitter_typescript.language_typescript())
TSX = Language(tree_sitter_typescript.language_tsx())

Found = tuple[int, str, str | tuple[str | None, ...], list[str]]


class UnparsableError(ValueError):
    """A source file with a syntax error: some of its strings would be lost."""


def extract(
    fileobj: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: Mapping[str, object],  # noqa: ARG001 (Babel passes it by name)
) -> Iterator[Found]:
    """Yield every call of a keyword, as Babel wants it; a computed argument becomes None."""
    name = str(getattr(fileobj, "name", "<source>"))
    source = fileobj.read()
    tree = Parser(TSX if name.endswith("x") else TYPESCRIPT).parse(source)
    if tree.root_node.has_error:
        raise UnparsableError(f"{name}: cannot be parsed, its strings would be lost")
    for call in _calls(tree.root_node):
        function = _called_name(call)
        if function in keywords:
            arguments = _arguments(call)
            found = tuple(_text(argument) for argument in arguments)
            yield call.start_point.row + 1, function, found, _comments(call, comment_tags)


def _calls(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "call_expression":
            yield node
        waiting.extend(reversed(node.children))


def _called_name(call: Node) -> str:
    function = call.child_by_field_name("function")
    return _source(function) if function is not None and function.type == "identifier" else ""


def _arguments(call: Node) -> list[Node]:
    arguments = call.child_by_field_name("arguments")
    if arguments is None:
        return []
    return [node for node in arguments.named_children if node.type != "comment"]


def _text(node: Node) -> str | None:
    """Give the text of a literal, or of literals joined with `+`; None for anything computed."""
    if node.type == "string":
        return "".join(_piece(piece) for piece in node.named_children)
    if node.type == "template_string":
        pieces = node.named_children
        if any(piece.type == "template_substitution" for piece in pieces):
            return None
        return "".join(_piece(piece) for piece in pieces)
    if node.type == "parenthesized_expression" and len(node.named_children) == 1:
        return _text(node.named_children[0])
    if node.type == "binary_expression" and _operator(node) == "+":
        left, right = (_text(side) for side in (node.named_children[0], node.named_children[-1]))
        return None if left is None or right is None else left + right
    return None


def _operator(node: Node) -> str:
    operator = node.child_by_field_name("operator")
    return "" if operator is None else _source(operator)


def _piece(node: Node) -> str:
    text = _source(node)
    if node.type != "escape_sequence":
        return text
    if text[1:] in {"'", "`", "$"}:
        return text[1:]
    if text.startswith("\\u{"):
        return chr(int(text[3:-1], 16))
    if text in {"\\\n", "\\\r\n"}:
        return ""
    return str(json.loads(f'"{text}"'))


def _comments(call: Node, tags: Collection[str]) -> list[str]:
    """Translators' comments: those that start with a tag on the lines above the statement."""
    statement: Node | None = call
    while statement is not None:
        before = statement.prev_named_sibling
        if before is not None and before.type == "comment":
            text = _source(before).lstrip("/*").rstrip("*/").strip()
            return [text] if any(text.startswith(tag) for tag in tags) else []
        if statement.type.endswith(("statement", "declaration")):
            return []
        statement = statement.parent
    return []


def _source(node: Node) -> str:
    return (node.text or b"").decode()
