"""Translating messages, for those who asked for it and for those who have it done always."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from contrail.domain import afterwards, edits, translation
from contrail.domain.access import Standing, find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.domain.patience import Patience
from contrail.domain.translation_services import (
    BOUNDS,
    MOST_LINES,
    Service,
    TranslationFailed,
)
from contrail.domain.translation_tokens import Tokens
from contrail.ports.web import WebError
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.logs import note
from contrail.shapes.rows import Document

MOST = 20
"""Languages that one message is translated to."""
DISABLED = "AutoTranslate is disabled."
Texts = dict[str, dict[int, str]]
"""Language -> place in `afterwards.texts` -> the text in it."""


class Translate(Input):
    messageId: str
    targetLanguage: str | None = None


class TranslateMethod(Input):
    message: dict[str, object] | None = None
    targetLanguage: str | None = None


def of_message(at: Instance, message: Document) -> Callable[[Document], Document] | None:
    """Translated to every language that others in the room have it translated to.

    Raises `WebError` where the service may answer later.
    """
    languages = at.store.afterwards.languages(message["rid"], message["u"]["_id"])
    service = translation.service(at)
    if service is None or not languages or not _worded(message):
        return None
    try:
        found = _translated(at, service, message, languages)
    except TranslationFailed as error:
        note("message not translated", why=str(error))
        return None
    return (lambda before: _fields(before, service, found)) if found else None


def translate(caller: Caller, given: Translate, at: Instance) -> dict[str, Document]:
    """REST autotranslate.translateMessage: the message with its translations."""
    if not translation.enabled(at):
        raise ChatError(None, DISABLED)
    message = at.store.messages.by_id(given.messageId)
    if message is None or message.get("_hidden"):
        raise ChatError(None, "Message not found.")
    if not _may_read(at, caller, message):
        raise Forbidden
    done = _translate(at, caller, message, given.targetLanguage)
    if done is None:
        raise ChatError(None, "Failed to translate message.")
    return {"message": shown_to(at, done, caller)}


def translate_method(caller: Caller, given: TranslateMethod, at: Instance) -> None:
    """DDP autoTranslate.translateMessage: clients are shown it as a change of the message."""
    mid = (given.message or {}).get("_id")
    if not translation.enabled(at) or not isinstance(mid, str):
        return
    message = at.store.messages.by_id(mid)
    if message is None or message.get("_hidden") or not _may_read(at, caller, message):
        return
    _translate(at, caller, message, given.targetLanguage)


def _may_read(at: Instance, caller: Caller, message: Document) -> bool:
    standing: Standing | None = find_standing(at, caller, message["rid"])
    return standing is not None and may_enter(at, caller, standing)


def _translate(
    at: Instance, caller: Caller, message: Document, language: str | None
) -> Document | None:
    """The message after it, None where the service did not do it."""
    if language and not translation.LANGUAGE.fullmatch(language):
        return None
    wanted = [language] if language else at.store.afterwards.languages(message["rid"], caller.uid)
    said = afterwards.texts(message)
    if not wanted or not _worded(message):
        return message
    service = translation.service(at)
    if service is None:
        return None
    try:
        found = _translated(at, service, message, wanted)
    except (TranslationFailed, WebError) as error:
        note("message not translated", why=str(error))
        return None

    def translated(before: Document) -> edits.Change | None:
        # Of another text it would be no translation.
        same = afterwards.texts(before) == said
        return (_fields(before, service, found), ()) if found and same else None

    return edits.change(at, caller, message, translated) or message


def _worded(message: Document) -> bool:
    """Whether anything in it is language. What the system says is translated by clients."""
    return not message.get("t") and any(one.worded for one in _tokens(message))


def _tokens(message: Document) -> list[Tokens]:
    return [Tokens(text, message) for text in afterwards.texts(message)]


def _translated(
    at: Instance, service: Service, message: Document, languages: Iterable[str]
) -> Texts:
    """Without what was in the language already, and without what there is no time for.

    Raises `WebError` and `TranslationFailed`.
    """
    patience = Patience()
    known = [one for one in languages if translation.LANGUAGE.fullmatch(one)]
    tokens = _tokens(message)
    lines = [one.lines[place] for one in tokens for place in one.worded]
    found: Texts = {}
    for language in service.resolved(at.web, known[:MOST]):
        spoken: list[str | None] = []
        for start in range(0, len(lines), MOST_LINES):
            if patience.left < BOUNDS.seconds:
                note("message not translated to all languages", done=len(found))
                return found
            spoken += service.translate(at.web, lines[start : start + MOST_LINES], language)
        if texts := _joined(tokens, spoken):
            found[language] = texts
    return found


def _joined(tokens: Sequence[Tokens], lines: list[str | None]) -> dict[int, str]:
    texts: dict[int, str] = {}
    left = iter(lines)
    for place, one in enumerate(tokens):
        text = one.joined([next(left) for _ in one.worded])
        if text is not None:
            texts[place] = text
    return texts


def _fields(message: Document, service: Service, found: Texts) -> Document:
    """Of the message as it is by now: beside what it was translated to before."""
    fields: Document = {"translationProvider": service.name}
    own = {language: texts[0] for language, texts in found.items() if 0 in texts}
    if own:
        fields["translations"] = {**(message.get("translations") or {}), **own}
    if any(place for texts in found.values() for place in texts):
        fields["attachments"] = [
            _attachment(one, place, found)
            for place, one in enumerate(message["attachments"], start=1)
        ]
    return fields


def _attachment(attachment: Document, place: int, found: Texts) -> Document:
    own = {language: texts[place] for language, texts in found.items() if place in texts}
    if not own:
        return attachment
    return {**attachment, "translations": {**(attachment.get("translations") or {}), **own}}
