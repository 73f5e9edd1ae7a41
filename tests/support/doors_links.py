"""Examples for previews of links and for translation. See `doors.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.doors_messages import own
from tests.support.doors_shapes import message
from tests.support.example import OK, VOID, Example, admin
from tests.support.scene import Scene, is_date
from tests.support.settings import put, setting
from tests.support.workspace import Json

NAMED = {"name": str, "displayName": str}
SERVICES = ("google-translate", "deepl-translate", "microsoft-translate")


@contextmanager
def _translating(scene: Scene) -> Iterator[None]:
    with setting(scene.workspace, "AutoTranslate_Enabled", True):
        yield


def _in_its_own(given: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    """Methods are asked in a workspace of their own, which stays so."""

    def enabling(scene: Scene) -> Any:
        put(scene.workspace, "AutoTranslate_Enabled", True)
        return given(scene)

    return enabling


def _link(scene: Scene) -> Json:
    """To a host that previews pass over."""
    return {"roomId": scene.room["_id"], "url": "http://localhost/"}


def _wordless(scene: Scene) -> str:
    """A message in which nothing is to translate; the scene's, where that is closed."""
    rows = scene.workspace.database["rocketchat_message"]
    mid = own(scene)["_id"]
    rows.update_one({"_id": mid}, {"$set": {"msg": "1 + 1"}})
    return str(mid)


def _saving(scene: Scene) -> Json:
    wanted = {"field": "autoTranslateLanguage", "value": "de", "defaultLanguage": "de"}
    return {"roomId": _joined(scene), **wanted}


def _joined(scene: Scene) -> str:
    """A room that both are in, unless the scene's is closed."""
    if scene.message.get("msg") != "hello":
        return str(scene.room["_id"])
    return str(scene.workspace.channel(scene.workspace.admin, scene.person)["_id"])


REST: dict[str, Example] = {
    "GET v1/chat.getURLPreview": Example(
        {"urlPreview": {"url": str, "meta": {}, "ignoreParse": True}, **OK}, _link
    ),
    "GET v1/autotranslate.getSupportedLanguages": Example(
        {"languages": [], **OK},
        lambda scene: {"targetLanguage": "en"},
        admin,
        around=_translating,
    ),
    "POST v1/autotranslate.saveSettings": Example(OK, _saving, admin, around=_translating),
    "POST v1/autotranslate.translateMessage": Example(
        {"message": message(is_date), **OK},
        lambda scene: {"messageId": _wordless(scene), "targetLanguage": "de"},
        around=_translating,
    ),
}

METHODS: dict[str, Example] = {
    "OEmbedCacheCleanup": Example({"message": "cache_cleared"}, lambda scene: [], admin),
    "autoTranslate.getProviderUiMetadata": Example(
        dict.fromkeys(SERVICES, NAMED), lambda scene: []
    ),
    "autoTranslate.getSupportedLanguages": Example([], _in_its_own(lambda scene: ["en"]), admin),
    "autoTranslate.saveSettings": Example(
        True,
        _in_its_own(
            lambda scene: [_joined(scene), "autoTranslate", "1", {"defaultLanguage": "de"}]
        ),
        admin,
    ),
    "autoTranslate.translateMessage": Example(
        VOID,
        _in_its_own(
            lambda scene: [{"_id": _wordless(scene), "rid": scene.room["_id"], "msg": "x"}, "de"]
        ),
    ),
}
