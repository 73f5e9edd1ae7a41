"""What the upload service answers about custom emoji."""

from contrail.shapes.rows import Listing, Method, Page, Refusal, Rest

MANAGE = Refusal(on="manage-emoji", error="[not_authorized]", error_type="not_authorized")
ALL = Listing(sort=("name", "_id", "_updatedAt"), query={"_id": ("", "$in"), "name": ("", "$in")})
REST = (
    Rest("GET", "v1/emoji-custom.list", "emoji_showing:list_changed", key="emojis"),
    Rest("GET", "v1/emoji-custom.all", "emoji_showing:list_page", listing=ALL),
    Rest("POST", "v1/emoji-custom.create", "emoji:create", refuses=(MANAGE,)),
    Rest("POST", "v1/emoji-custom.update", "emoji:update", refuses=(MANAGE,)),
    Rest("POST", "v1/emoji-custom.delete", "emoji:delete", refuses=(MANAGE,)),
)
PAGES = (
    Page("GET", "emoji-custom/", "emoji_showing:none_named"),
    Page("GET", "emoji-custom/:file", "emoji_showing:serve"),
)
METHODS = (
    Method("listEmojiCustom", "emoji_showing:list_all", public=True),
    Method("insertOrUpdateEmoji", "emoji:insert_or_update", ("emojiData",), refuses=(MANAGE,)),
    Method(
        "uploadEmojiCustom",
        "emoji:upload",
        ("binaryContent", "contentType", "emojiData"),
        idempotent=True,
        refuses=(MANAGE,),
    ),
    Method("deleteEmojiCustom", "emoji:remove", ("emojiID",), refuses=(MANAGE,)),
)
