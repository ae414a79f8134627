"""Every text of the sources reaches the catalogues."""

import io
from pathlib import Path

import pytest

from locales.catalogue import faults
from locales.extract_json import extract as extract_json
from locales.extract_tsx import UnparsableError, extract as extract_tsx

KEYWORDS = ("gettext", "pgettext", "npgettext")


def texts(source: str, name: str = "screen.tsx") -> list[tuple[str, object]]:
    file = io.BytesIO(source.encode())
    file.name = name
    return [(function, found) for _, function, found, _ in extract_tsx(file, KEYWORDS, ("NOTE:",), {})]


def test_the_committed_catalogues_are_whole() -> None:
    assert list(faults()) == []


@pytest.mark.parametrize(
    "before",
    ['<p>a "quote</p>', "<p>it's</p>", "<p>a / b</p>", "<p>`</p>", "<p>{/* note */}</p>", '<a href="/x">y</a>'],
)
def test_a_text_is_found_after_quotes_and_slashes_in_markup(before: str) -> None:
    source = f'const a = <div>{before}{{pgettext("ui.save", "Save")}}</div>;'
    assert texts(source) == [("pgettext", ("ui.save", "Save"))]


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("'a' + 'b'", "ab"),
        ("('a' + \"b\")", "ab"),
        ("`plain`", "plain"),
        (r'"tab\tquote\"é\u{1F600}"', 'tab\tquote"é😀'),
        (r"'it\'s'", "it's"),
        ("`with ${value}`", None),
        ("label", None),
        ("'a' + label", None),
    ],
)
def test_a_literal_is_read_and_a_computed_text_is_left_out(argument: str, text: str | None) -> None:
    assert texts(f'pgettext("c", {argument})') == [("pgettext", ("c", text))]


def test_calls_are_found_inside_calls_templates_and_types() -> None:
    source = "const a: string = f<string>(`x ${pgettext('a', 'A')}`, npgettext('b', 'one', 'many', n)) as string;"
    assert texts(source, "screen.ts") == [
        ("pgettext", ("a", "A")),
        ("npgettext", ("b", "one", "many", None)),
    ]


def test_a_file_that_does_not_parse_is_refused() -> None:
    with pytest.raises(UnparsableError, match=r"broken\.tsx"):
        texts("const a = <p>", "broken.tsx")


def test_labels_and_problems_are_found_in_json() -> None:
    source = b"""{"kinds": {"patrol": {"context": "patrol", "label": "Patrol", "fields": [
        {"context": "patrol.route", "label": "Route"}]}},
        "problems": {"busy": {"title": "Busy", "detail": "Busy. Wait."}}}"""
    found = [arguments for _, _, arguments, _ in extract_json(io.BytesIO(source), (), (), {})]
    assert found == [
        ("patrol", "Patrol"),
        ("patrol.route", "Route"),
        ("problem.busy.title", "Busy"),
        ("problem.busy", "Busy. Wait."),
    ]


def test_no_compiled_catalogue_is_committed() -> None:
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text(encoding="utf-8")
    assert "*.mo" in ignored.split()
