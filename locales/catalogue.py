"""Extract, update, compile and check the catalogues: `python -m locales <command>`."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from locales import DIRECTORY, LANGUAGES

ROOT = DIRECTORY.parent
TEMPLATE = DIRECTORY / "messages.pot"
PROJECT = "Địa bàn"
# A constant: a header that changed with every extraction would make every diff a conflict.
CREATED = datetime(2026, 11, 23, tzinfo=UTC)
HEADER = "# Địa bàn: messages of the server and of the phone."
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "lazy_pgettext": ((1, "c"), 2)}


def po_path(language: str) -> Path:
    return DIRECTORY / language / "LC_MESSAGES" / "messages.po"


def extract() -> Catalog:
    """Read every message of the sources, sorted by context, then by text."""
    with (DIRECTORY / "babel.cfg").open(encoding="utf-8") as mapping:
        # Babel leaves this one function without annotations.
        parsed = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    method_map, options_map = parsed
    found = Catalog(project=PROJECT)
    for path, _line, message, comments, context in extract_from_dir(
        ROOT,
        method_map,
        options_map,
        KEYWORDS,
        comment_tags=("NOTE:",),
        strip_comment_tags=True,
        directory_filter=_is_source,
    ):
        found.add(message, None, [(path.replace("\\", "/"), 1)], auto_comments=comments, context=context)
    return _sorted(found, None)


def update(language: str, template: Catalog) -> Catalog:
    """Bring a language to the template: new messages come, gone ones leave."""
    known = read(po_path(language), language)
    updated = _sorted(template, language)
    for message in _messages(updated):
        old = known.get(message.id, message.context)
        if language == "en":
            message.string = message.id
        elif old is not None and not old.fuzzy:
            message.string = old.string
    return updated


def read(path: Path, language: str | None) -> Catalog:
    if not path.exists():
        return Catalog(locale=language, project=PROJECT)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def text(catalogue: Catalog) -> bytes:
    """Write without line numbers and line wraps, so that a diff shows what changed and no more."""
    out = io.BytesIO()
    write_po(out, catalogue, width=0, include_lineno=False, omit_header=False)
    lines = out.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if b"Generated-By" not in line)


def compile_all() -> None:
    for language in LANGUAGES:
        with po_path(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(po_path(language), language))


def faults() -> Iterator[str]:
    """Say what keeps the committed catalogues from being whole."""
    template = extract()
    if text(template) != TEMPLATE.read_bytes():
        yield f"{TEMPLATE.name}: differs from a fresh extraction; run `python -m locales update`"
    yield from _shared_contexts(template)
    for language in LANGUAGES:
        known = read(po_path(language), language)
        yield from (f"{language}: {fault}" for fault in _faults_of(known, template, language))


def _shared_contexts(template: Catalog) -> Iterator[str]:
    """The phone looks messages up by their context alone, so each context has one message."""
    seen: set[str] = set()
    for message in _messages(template):
        if message.context in seen:
            yield f"two messages share the context {message.context}"
        seen.add(message.context or "")


def _faults_of(known: Catalog, template: Catalog, language: str) -> Iterator[str]:
    wanted = {(message.context, message.id) for message in _messages(template)}
    for message in _messages(known):
        key = (message.context, message.id)
        if key not in wanted:
            yield f"not in the sources: {key}"
        if message.fuzzy or not message.string or "" in _strings(message):
            yield f"not translated: {key}"
        if language == "en" and message.string != message.id:
            yield f"differs from its English text: {key}"
        yield from (f"{fault}: {key}" for fault in message.check(known))
    missing = wanted - {(message.context, message.id) for message in _messages(known)}
    yield from (f"missing: {key}" for key in sorted(missing, key=str))


def _strings(message: Message) -> tuple[str, ...]:
    strings = message.string or ""
    return (strings,) if isinstance(strings, str) else tuple(strings)


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _is_source(directory: str) -> bool:
    return not Path(directory).name.startswith((".", "_", "node_modules", "dist"))


def _sorted(catalogue: Catalog, language: str | None) -> Catalog:
    result = Catalog(
        locale=language,
        project=PROJECT,
        version="1",
        msgid_bugs_address="-",
        header_comment=HEADER,
        creation_date=CREATED,
        revision_date=CREATED,
        fuzzy=False,
        last_translator="Địa bàn",
        language_team=language or "",
    )
    for message in sorted(_messages(catalogue), key=lambda each: (each.context or "", str(each.id))):
        # Sorting the places too keeps the text the same whatever order the folders are read in.
        places = sorted({(path, 1) for path, _line in message.locations})
        result.add(
            message.id,
            message.string if language else None,
            places,
            message.flags,
            message.auto_comments,
            context=message.context,
        )
    return result
