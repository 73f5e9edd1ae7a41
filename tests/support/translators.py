"""Services that translate, each speaking its own protocol on the test's server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.pages import Asked, Pages, Said, workspace_among
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

KEY = "key-" + "k" * 30
GOOGLE, DEEPL = "translation.googleapis.com", "api.deepl.com"
MICROSOFT = "api.cognitive.microsofttranslator.com"
KEYS = {
    "google-translate": "AutoTranslate_GoogleAPIKey",
    "deepl-translate": "AutoTranslate_DeepLAPIKey",
    "microsoft-translate": "AutoTranslate_MicrosoftAPIKey",
}
HEADERS = {
    GOOGLE: ("x-goog-api-key", KEY),
    DEEPL: ("authorization", f"DeepL-Auth-Key {KEY}"),
    MICROSOFT: ("ocp-apim-subscription-key", KEY),
}
SOURCE = "EN"
"""What all text is taken for; a line that begins with `Hallo` is German."""


def install(pages: Pages) -> None:
    """All three, with the keys that they know."""
    google = "/language/translate/v2"
    for place, answer in (
        (f"{GOOGLE}{google}", _google),
        (f"{GOOGLE}{google}/languages", _google_languages),
        (f"{DEEPL}/v2/translate", _deepl),
        (f"{DEEPL}/v2/languages", _deepl_languages),
        (f"{MICROSOFT}/translate", _microsoft),
    ):
        pages.says[place] = _with_key(answer)
    # Anyone may ask for its languages.
    pages.says[f"{MICROSOFT}/languages"] = _microsoft_languages


def _with_key(answer: Callable[[Asked], Said]) -> Callable[[Asked], Said]:
    def checked(asked: Asked) -> Said:
        name, value = HEADERS[asked.host]
        return answer(asked) if asked.headers.get(name) == value else Said(status=403)

    return checked


def spoken(text: str, language: str) -> str:
    """As these services translate."""
    return f"[{language.lower()}] {text}"


def _language_of(text: str) -> str:
    return "DE" if text.startswith("Hallo") else SOURCE


def _google(asked: Asked) -> Said:
    given: Json = asked.json
    assert given["format"] == "html"
    rows = [
        {
            "translatedText": spoken(text, given["target"]),
            "detectedSourceLanguage": _language_of(text).lower(),
        }
        for text in given["q"]
    ]
    return Said({"data": {"translations": rows}})


def _google_languages(asked: Asked) -> Said:
    if asked.query.get("target") not in ("en", "de"):
        return Said({"error": {"status": "INVALID_ARGUMENT"}}, status=400)
    names = {"en": "Portuguese", "de": "Portugiesisch"}
    row = {"language": "pt", "name": names[asked.query["target"]]}
    return Said({"data": {"languages": [row]}})


def _deepl(asked: Asked) -> Said:
    given: Json = asked.json
    if len(given["text"]) > 50:
        return Said(status=400)
    rows = [
        {
            "text": spoken(text, given["target_lang"]),
            "detected_source_language": _language_of(text),
        }
        for text in given["text"]
    ]
    return Said({"translations": rows})


def _deepl_languages(asked: Asked) -> Said:
    assert asked.query == {"type": "target"}
    row = {"language": "PT-BR", "name": "Portuguese (Brazilian)", "supports_formality": True}
    return Said([row])


def _microsoft(asked: Asked) -> Said:
    assert (asked.query["api-version"], asked.query["textType"]) == ("3.0", "html")
    language = asked.query["to"]
    return Said(
        [
            {
                "detectedLanguage": {"language": _language_of(one["Text"]).lower(), "score": 1},
                "translations": [{"text": spoken(one["Text"], language), "to": language}],
            }
            for one in asked.json
        ]
    )


def _microsoft_languages(asked: Asked) -> Said:
    assert asked.query["scope"] == "translation"
    return Said({"translation": {"pt": {"name": "Portuguese", "dir": "ltr"}}})


def workspace_of(uri: str, pages: Pages) -> Workspace:
    """One in which every service has its key, and everyone may turn translation on."""
    install(pages)
    on = {"AutoTranslate_Enabled": "true", **dict.fromkeys(KEYS.values(), KEY)}
    made = workspace_among(uri, pages, overwrites=on)
    allowed = [{"_id": "auto-translate", "roles": ["admin", "user"]}]
    made.admin.ok("POST", "v1/permissions.update", {"permissions": allowed})
    return made


@contextmanager
def through(workspace: Workspace, service: str) -> Iterator[None]:
    with setting(workspace, "AutoTranslate_ServiceProvider", service):
        yield


def reads(person: Person, rid: str, language: str) -> None:
    """They have the room translated."""
    given = {"roomId": rid, "field": "autoTranslate", "value": True, "defaultLanguage": language}
    person.ok("POST", "v1/autotranslate.saveSettings", given)
