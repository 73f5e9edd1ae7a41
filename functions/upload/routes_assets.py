"""What the upload service answers about a workspace's assets."""

from contrail.shapes.rows import Method, Page, Refusal, Rest


def _managing(method: str) -> Refusal:
    return Refusal(
        on="manage-assets",
        error="Managing assets not allowed [error-action-not-allowed]",
        error_type="error-action-not-allowed",
        details={"method": method, "action": "Managing_assets"},
    )


SETTING, UNSETTING = _managing("setAsset"), _managing("unsetAsset")
REST = (
    Rest("POST", "v1/assets.setAsset", "assets:set_form", refuses=(SETTING,)),
    Rest("POST", "v1/assets.unsetAsset", "assets:unset_rest", refuses=(UNSETTING,)),
)
PAGES = (Page("GET", "assets/:file", "assets_showing:serve"),)
METHODS = (
    Method(
        "setAsset",
        "assets:set_method",
        ("binaryContent", "contentType", "asset"),
        idempotent=True,
        refuses=(SETTING,),
    ),
    Method("unsetAsset", "assets:unset", ("asset",), idempotent=True, refuses=(UNSETTING,)),
)
