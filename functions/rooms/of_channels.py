"""What `channels.*` shares with the other kind of room, as this kind's use cases."""

from __future__ import annotations

from functions.rooms import adding, archiving, changing, erasing, leaving, roles
from functions.rooms.kinds import CHANNEL

add_all = CHANNEL.serve(adding.add_all)
add_leader = CHANNEL.serve(roles.add_leader)
add_moderator = CHANNEL.serve(roles.add_moderator)
add_owner = CHANNEL.serve(roles.add_owner)
archive = CHANNEL.serve(archiving.archive)
delete = CHANNEL.serve(erasing.delete)
invite = CHANNEL.serve(adding.invite)
kick = CHANNEL.serve(leaving.kick)
leave = CHANNEL.serve(leaving.leave)
remove_leader = CHANNEL.serve(roles.remove_leader)
remove_moderator = CHANNEL.serve(roles.remove_moderator)
remove_owner = CHANNEL.serve(roles.remove_owner)
rename = CHANNEL.serve(changing.rename)
set_announcement = CHANNEL.serve(changing.set_announcement)
set_custom_fields = CHANNEL.serve(changing.set_custom_fields)
set_default = CHANNEL.serve(changing.set_default)
set_description = CHANNEL.serve(changing.set_description)
set_join_code = CHANNEL.serve(changing.set_join_code)
set_purpose = CHANNEL.serve(changing.set_purpose)
set_read_only = CHANNEL.serve(changing.set_read_only)
set_topic = CHANNEL.serve(changing.set_topic)
set_type = CHANNEL.serve(changing.set_type)
unarchive = CHANNEL.serve(archiving.unarchive)
