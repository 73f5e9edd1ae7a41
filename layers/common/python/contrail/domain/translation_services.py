"""The services that translate, each by its own protocol.

All of them take and give HTML, in which what is marked stays as it is. Keys travel in headers:
addresses end up in logs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson

from contrail.ports.web import Bounds, Method, Request, Web, WebError
from contrail.shapes.rows import Document

BOUNDS = Bounds(seconds=6.0)
MOST_LINES = 50
"""That all of them take at once."""
BUSY = 429
JSON = {"content-type": "application/json", "accept": "application/json"}


class TranslationFailed(Exception):
    """The service refused: trying again is no use. The text names neither key nor words."""


class Service(ABC):
    """One service with the workspace's key."""

    name: ClassVar[str]
    display_name: ClassVar[str]
    setting: ClassVar[str]

    def __init__(self, key: str) -> None:
        self._key = key

    @abstractmethod
    def translate(self, web: Web, lines: Sequence[str], language: str) -> list[str | None]:
        """Each line (`MOST_LINES` at most) in `language`; None for one that was in it already.

        Raises `WebError` for what may succeed later, `TranslationFailed` for what will not.
        """

    @abstractmethod
    def languages(self, web: Web, target: str) -> list[Document]:
        """`{language, name}` of each it translates to, named in `target`. Raises as `translate`."""

    def resolved(self, web: Web, languages: Sequence[str]) -> list[str]:
        """Languages as the service knows them, each once: `pt` where it has no `pt-AO`."""
        if not any("-" in one for one in languages):
            return list(dict.fromkeys(languages))
        known = {one["language"] for one in self.languages(web, "en")}
        fit = [one if one in known else one.partition("-")[0] for one in languages]
        return list(dict.fromkeys(fit))

    def _ask(
        self,
        web: Web,
        url: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Any:
        """Its answer. What is asked may be asked again."""
        whole = f"{url}?{urlencode(query)}" if query else url
        sent = orjson.dumps(body) if body is not None else b""
        method: Method = "GET" if body is None else "POST"
        answer = web.request(Request(whole, method, {**JSON, **headers}, sent, BOUNDS))
        if answer.status == BUSY or answer.status >= 500:
            raise WebError(f"{self.name}: {answer.status}")
        if answer.status != 200:
            raise TranslationFailed(f"{self.name}: {answer.status}")
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            raise TranslationFailed(f"{self.name}: no JSON") from None


class Google(Service):
    name, display_name = "google-translate", "Google"
    setting = "AutoTranslate_GoogleAPIKey"
    URL = "https://translation.googleapis.com/language/translate/v2"

    def translate(self, web: Web, lines: Sequence[str], language: str) -> list[str | None]:
        body = {"q": list(lines), "target": language, "format": "html"}
        told = self._ask(web, self.URL, self._headers, body=body)
        rows = _rows(told, "data", "translations")
        return _texts(rows, lines, language, "translatedText", "detectedSourceLanguage")

    def languages(self, web: Web, target: str) -> list[Document]:
        try:
            told = self._ask(web, f"{self.URL}/languages", self._headers, {"target": target})
        except TranslationFailed:
            if target == "en":
                raise
            # It names them in the languages that it knows.
            return self.languages(web, "en")
        return [
            {"language": str(row["language"]), "name": str(row.get("name") or "")}
            for row in _rows(told, "data", "languages")
            if "language" in row
        ]

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-goog-api-key": self._key}


class DeepL(Service):
    """Keys that end in `:fx` are those of its free service, which is elsewhere."""

    name, display_name = "deepl-translate", "DeepL"
    setting = "AutoTranslate_DeepLAPIKey"

    def translate(self, web: Web, lines: Sequence[str], language: str) -> list[str | None]:
        body = {"text": list(lines), "target_lang": language.upper(), "tag_handling": "html"}
        told = self._ask(web, f"{self._url}/translate", self._headers, body=body)
        rows = _rows(told, "translations")
        return _texts(rows, lines, language, "text", "detected_source_language")

    def languages(self, web: Web, target: str) -> list[Document]:  # noqa: ARG002 - in English alone
        told = self._ask(web, f"{self._url}/languages", self._headers, {"type": "target"})
        return [
            {
                **{key: row[key] for key in ("name", "supports_formality") if key in row},
                "language": _canonical(str(row["language"])),
            }
            for row in told
            if isinstance(row, dict) and "language" in row
        ]

    @property
    def _url(self) -> str:
        host = "api-free.deepl.com" if self._key.endswith(":fx") else "api.deepl.com"
        return f"https://{host}/v2"

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"DeepL-Auth-Key {self._key}"}


class Microsoft(Service):
    name, display_name = "microsoft-translate", "Microsoft"
    setting = "AutoTranslate_MicrosoftAPIKey"
    URL = "https://api.cognitive.microsofttranslator.com"
    VERSION: ClassVar = {"api-version": "3.0"}

    def translate(self, web: Web, lines: Sequence[str], language: str) -> list[str | None]:
        query = {**self.VERSION, "to": language, "textType": "html"}
        headers = {"ocp-apim-subscription-key": self._key}
        body = [{"Text": line} for line in lines]
        told = self._ask(web, f"{self.URL}/translate", headers, query, body)
        rows = [
            {
                "text": next((one.get("text") for one in row.get("translations") or ()), None),
                "from": (row.get("detectedLanguage") or {}).get("language"),
            }
            for row in _listed(told)
        ]
        return _texts(rows, lines, language, "text", "from")

    def languages(self, web: Web, target: str) -> list[Document]:
        headers = {"accept-language": target} if target.isascii() else {}
        query = {**self.VERSION, "scope": "translation"}
        told = self._ask(web, f"{self.URL}/languages", headers, query)
        known = told.get("translation") if isinstance(told, dict) else None
        return [
            {"language": code, "name": str(one.get("name") or "")}
            for code, one in (known or {}).items()
        ]


SERVICES: Mapping[str, type[Service]] = {one.name: one for one in (Google, DeepL, Microsoft)}


def _rows(told: Any, *path: str) -> list[Document]:
    for key in path:
        told = told.get(key) if isinstance(told, dict) else None
    return _listed(told)


def _listed(told: Any) -> list[Document]:
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []


def _texts(
    rows: Sequence[Document], lines: Sequence[str], language: str, text: str, source: str
) -> list[str | None]:
    if len(rows) != len(lines):
        raise TranslationFailed("some lines were not translated")
    same = language.partition("-")[0].lower()
    return [
        None
        if str(row.get(source) or "").partition("-")[0].lower() == same
        else str(row.get(text) or "")
        for row in rows
    ]


def _canonical(code: str) -> str:
    """`PT-BR` -> `pt-BR`, `ZH-HANS` -> `zh-Hans`."""
    first, *others = code.split("-")
    return "-".join([first.lower(), *(o.title() if len(o) == 4 else o.upper() for o in others)])
