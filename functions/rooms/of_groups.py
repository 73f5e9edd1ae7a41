"""What `groups.*` shares with the other kind of room, as this kind's use cases."""

from __future__ import annotations

from functions.rooms import adding, archiving, changing, erasing, leaving, roles
from functions.rooms.kinds import GROUP

add_all = GROUP.serve(adding.add_all)
add_leader = GROUP.serve(roles.add_leader)
add_moderator = GROUP.serve(roles.add_moderator)
add_owner = GROUP.serve(roles.add_owner)
archive = GROUP.serve(archiving.archive)
delete = GROUP.serve(erasing.delete)
invite = GROUP.serve(adding.invite)
kick = GROUP.serve(leaving.kick)
leave = GROUP.serve(leaving.leave)
remove_leader = GROUP.serve(roles.remove_leader)
remove_moderator = GROUP.serve(roles.remove_moderator)
remove_owner = GROUP.serve(roles.remove_owner)
rename = GROUP.serve(changing.rename)
set_announcement = GROUP.serve(changing.set_announcement)
set_custom_fields = GROUP.serve(changing.set_custom_fields)
set_description = GROUP.serve(changing.set_description)
set_encrypted = GROUP.serve(changing.set_encrypted)
set_purpose = GROUP.serve(changing.set_purpose)
set_read_only = GROUP.serve(changing.set_read_only)
set_topic = GROUP.serve(changing.set_topic)
set_type = GROUP.serve(changing.set_type)
unarchive = GROUP.serve(archiving.unarchive)
