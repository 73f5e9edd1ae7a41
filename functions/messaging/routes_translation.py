"""Translation of messages."""

from contrail.shapes.rows import Limit, Method, Refusal, Rest

DISALLOWED = Refusal(
    on="auto-translate",
    error="Auto-Translate is not allowed [error-action-not-allowed]",
    error_type="error-action-not-allowed",
    details={"method": "autoTranslate.saveSettings"},
)
NO_SUBSCRIPTION = Refusal(
    on="room",
    error="Invalid subscription [error-invalid-subscription]",
    error_type="error-invalid-subscription",
    details={"method": "saveAutoTranslateSettings"},
)

REST = (
    Rest(
        "GET",
        "v1/autotranslate.getSupportedLanguages",
        "translating_settings:languages",
        refuses=(DISALLOWED,),
    ),
    Rest(
        "POST",
        "v1/autotranslate.saveSettings",
        "translating_settings:save",
        refuses=(DISALLOWED, NO_SUBSCRIPTION),
    ),
    Rest("POST", "v1/autotranslate.translateMessage", "translating:translate"),
)

METHODS = (
    Method("autoTranslate.getProviderUiMetadata", "translating_settings:services", idempotent=True),
    Method(
        "autoTranslate.getSupportedLanguages",
        "translating_settings:languages_method",
        ("targetLanguage",),
        limit=Limit(5, 60_000),
        refuses=(DISALLOWED,),
        idempotent=True,
    ),
    Method(
        "autoTranslate.saveSettings",
        "translating_settings:save_method",
        ("rid", "field", "value", "options"),
        refuses=(DISALLOWED, NO_SUBSCRIPTION),
        idempotent=True,
    ),
    Method(
        "autoTranslate.translateMessage",
        "translating:translate_method",
        ("message", "targetLanguage"),
        refuses=(Refusal(on="room", result=None),),
        idempotent=True,
    ),
)
