// @rocket.chat/sdk 0.2, which most bots are built on.

import sdk from "@rocket.chat/sdk-0.2";
import { event, given, heard, obey, tell } from "./talk.mjs";

const { driver } = sdk;
const quiet = () => {};
driver.useLog({ debug: quiet, info: quiet, warning: quiet, warn: quiet, error: quiet });
await driver.connect({ host: given.host, useSsl: false });

async function watch() {
  await driver.subscribeToMessages();
  driver.reactToMessages((error, message, meta) => {
    if (given.follow) return event("stream-room-messages", "__my_messages__", [message, meta]);
    const { roomType, roomParticipant, roomName } = meta;
    heard(message, message.ts.$date, { meta: [roomType, roomParticipant, roomName] });
  });
  driver.asteroid.ddp.on("socket_close", () => tell("lost"));
  driver.events.on("reconnected", async () => {
    tell("back", { uid: await driver.asteroid.resumeLoginPromise });
  });
}

await obey({
  async login(password) {
    const uid = await driver.login({ username: given.username, password });
    await watch();
    return uid;
  },
  send: async (text) => (await driver.sendToRoom(text, given.room))._id,
  missed: (since) => driver.asyncCall("loadMissedMessages", [given.rid, { $date: since }]),
  join: (room) => driver.joinRoom(room),
  respond: () => driver.respondToMessages((error, { msg }) => tell("responding", { to: msg })),
});
