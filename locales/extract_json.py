"""Find the labels of `sync/kinds.json` and `sync/measures.json`, and the sentences of `sync/problems.json`."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import IO

Found = tuple[int, str, tuple[str, str], list[str]]


def extract(
    fileobj: IO[bytes],
    _keywords: Collection[str],
    _comment_tags: Collection[str],
    options: Mapping[str, object],  # noqa: ARG001 (Babel passes it by name)
) -> Iterator[Found]:
    """Yield each label as pgettext(context, label), in the order of the file."""
    document = json.load(fileobj)
    for context, label in _labels(document):
        yield 1, "pgettext", (context, label), []
    for code, problem in document.get("problems", {}).items():
        yield 1, "pgettext", (f"problem.{code}.title", problem["title"]), []
        yield 1, "pgettext", (f"problem.{code}", problem["detail"]), []


def _labels(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("context"), str) and isinstance(node.get("label"), str):
            yield node["context"], node["label"]
        for child in node.values():
            yield from _labels(child)
    elif isinstance(node, list):
        for child in node:
            yield from _labels(child)
