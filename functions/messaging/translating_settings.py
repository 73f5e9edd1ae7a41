"""Who has messages translated, to what, and what the services offer."""

from __future__ import annotations

from pydantic import Field

from contrail.domain import members, translation
from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.translation_services import SERVICES, TranslationFailed
from contrail.ports.web import WebError
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.logs import note
from contrail.shapes.rows import Document
from functions.messaging.translating import DISABLED

SAVING = {"method": "saveAutoTranslateSettings"}
NOT_ALLOWED = {"method": "autoTranslate.saveSettings"}
FIELDS = ("autoTranslate", "autoTranslateLanguage")


class Save(Input):
    roomId: str
    field: str
    value: bool | str
    defaultLanguage: str | None = None


class Options(Input):
    defaultLanguage: str | None = None


class SaveMethod(Input):
    rid: str
    field: str
    value: str
    options: Options = Options()


class Target(Input):
    targetLanguage: str = Field(max_length=100)


def save(caller: Caller, given: Save, at: Instance) -> None:
    if not translation.enabled(at):
        raise ChatError(None, DISABLED)
    value = given.value
    if given.field == "autoTranslate" and not isinstance(value, bool):
        raise ChatError(None, 'The bodyParam "autoTranslate" must be a boolean.')
    if given.field == "autoTranslateLanguage" and (
        not isinstance(value, str) or value[:1].isdecimal()
    ):
        raise ChatError(None, 'The bodyParam "autoTranslateLanguage" must be a string.')
    text = ("1" if value else "0") if isinstance(value, bool) else value
    _save(at, caller, given.roomId, given.field, text, given.defaultLanguage or "")


def save_method(caller: Caller, given: SaveMethod, at: Instance) -> bool:
    default = given.options.defaultLanguage or ""
    _save(at, caller, given.rid, given.field, given.value, default)
    return True


def languages(caller: Caller, given: Target, at: Instance) -> dict[str, list[Document]]:
    if not translation.enabled(at):
        raise ChatError(None, DISABLED)
    return {"languages": _languages(at, caller, given.targetLanguage)}


def languages_method(caller: Caller, given: Target, at: Instance) -> list[Document]:
    if not translation.enabled(at):
        raise ChatError("error-autotranslate-disabled", "Auto-Translate is disabled")
    return _languages(at, caller, given.targetLanguage)


def services(caller: Caller, _: NoInput, at: Instance) -> Document:
    """By name, what each is called."""
    return {name: {"name": name, "displayName": one.display_name} for name, one in SERVICES.items()}


def _languages(at: Instance, caller: Caller, target: str) -> list[Document]:
    """None while the service has no key."""
    _check_allowed(at, caller)
    service = translation.service(at)
    if service is None:
        return []
    try:
        return service.languages(at.web, target or "en")
    except (TranslationFailed, WebError) as error:
        note("languages not known", why=str(error))
        raise ChatError(None, "Failed to fetch supported languages") from None


def _save(at: Instance, caller: Caller, rid: str, field: str, value: str, default: str) -> None:
    invalid = ChatError("error-invalid-subscription", "Invalid subscription", SAVING)
    standing = access_room(at, caller, rid, refuse=invalid)
    own = standing.subscription
    if own is None:
        raise invalid
    _check_allowed(at, caller)
    if field not in FIELDS:
        raise ChatError("error-invalid-settings", "Invalid settings field", SAVING)
    language = value if field == "autoTranslateLanguage" else default
    if language and not translation.LANGUAGE.fullmatch(language):
        raise ChatError("error-invalid-settings", "Invalid settings value", SAVING)
    on = field == "autoTranslate" and value == "1"
    if on and standing.room.get("encrypted"):
        reason = "Enabling auto-translation in E2E encrypted rooms is not allowed"
        raise ChatError("error-e2e-enabled", reason, SAVING)
    fields: Document = {"_updatedAt": at.now()}
    if on:
        fields["autoTranslate"] = True
    if field == "autoTranslateLanguage" or (language and not own.get("autoTranslateLanguage")):
        fields["autoTranslateLanguage"] = language
    off = () if on or field != "autoTranslate" else ("autoTranslate",)
    row = at.store.subscriptions.change(caller.uid, rid, fields, off)
    if row is not None:
        members.tell(at, caller, "updated", row, standing.room)


def _check_allowed(at: Instance, caller: Caller) -> None:
    if not at.allows(caller, "auto-translate"):
        reason = "Auto-Translate is not allowed"
        raise ChatError("error-action-not-allowed", reason, NOT_ALLOWED)
