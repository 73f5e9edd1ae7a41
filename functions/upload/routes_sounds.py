"""What the upload service answers about custom sounds."""

from contrail.shapes.rows import Listing, Method, Page, Refusal, Rest

MANAGE = Refusal(on="manage-sounds", error="[not_authorized]", error_type="not_authorized")
ALL = Listing(sort=("name", "_id", "_updatedAt"), query={"_id": ("", "$in"), "name": ("", "$in")})
REST = (Rest("GET", "v1/custom-sounds.list", "sounds:list_page", listing=ALL),)
PAGES = (
    Page("GET", "custom-sounds/", "sounds:none_named"),
    Page("GET", "custom-sounds/:file", "sounds:serve"),
)
METHODS = (
    Method("listCustomSounds", "sounds:list_all"),
    Method("insertOrUpdateSound", "sounds:insert_or_update", ("soundData",), refuses=(MANAGE,)),
    Method(
        "uploadCustomSound",
        "sounds:upload",
        ("binaryContent", "contentType", "soundData"),
        idempotent=True,
        refuses=(MANAGE,),
    ),
    Method("deleteCustomSound", "sounds:delete", ("_id",), refuses=(MANAGE,)),
)
