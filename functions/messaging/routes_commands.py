"""Slash commands."""

from contrail.shapes.rows import Listing, Method, Refusal, Rest

FORBIDDEN = Refusal(on="room", error="unauthorized", status=403)
COMMANDS = Listing(
    sort=("command", "description"),
    fields=("command", "params", "description", "permission", "clientOnly", "providesPreview"),
    query={"command": ("",)},
)

REST = (
    Rest("GET", "v1/commands.get", "commands:get", key="command"),
    Rest("GET", "v1/commands.list", "commands:list_all", listing=COMMANDS),
    Rest("POST", "v1/commands.run", "commands:run", refuses=(FORBIDDEN,)),
    Rest("GET", "v1/commands.preview", "commands_previews:preview", refuses=(FORBIDDEN,)),
    Rest(
        "POST",
        "v1/commands.preview",
        "commands_previews:execute",
        refuses=(FORBIDDEN,),
    ),
)

METHODS = (
    Method(
        "slashCommand",
        "commands:run_method",
        ("command",),
        refuses=(Refusal.not_allowed("room", "slashCommand"),),
    ),
    Method(
        "getSlashCommandPreviews",
        "commands_previews:method",
        ("command",),
        idempotent=True,
    ),
    Method(
        "executeSlashCommandPreview",
        "commands_previews:method",
        ("command",),
    ),
)
