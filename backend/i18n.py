"""The caller's language: Vietnamese unless `Accept-Language` prefers English. One gettext catalogue for both sides."""

from functools import cache

from babel.support import NullTranslations, Translations
from flask import has_request_context, request

import locales

LANGUAGES = ("vi", "en")


def language() -> str:
    """`vi` or `en`, from the request at hand."""
    if not has_request_context():
        return LANGUAGES[0]
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


@cache
def _translations(chosen: str) -> NullTranslations:
    return Translations.load(str(locales.DIRECTORY), [chosen])


def pgettext(context: str, message: str, chosen: str | None = None) -> str:
    """The message in the caller's language (or in `chosen`)."""
    return str(_translations(chosen or language()).upgettext(context, message))
