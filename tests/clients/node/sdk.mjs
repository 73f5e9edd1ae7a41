// @rocket.chat/sdk 1.x: REST to log in and to send, DDP for what is pushed.

import sdk from "@rocket.chat/sdk";
import { event, given, heard, obey, tell } from "./talk.mjs";

const client = new sdk.Rocketchat({ host: given.url, useSsl: false, reopen: 100 });
await client.connect();

async function follow() {
  for (const stream of new Set(given.follow.map(([stream]) => stream))) {
    await client.onStreamData(stream, ({ fields }) => event(stream, fields.eventName, fields.args));
  }
  for (const [stream, name] of given.follow) await client.subscribe(stream, name);
}

async function watchRoom() {
  await client.onMessage((message) => heard(message, message.ts.getTime()));
  await client.subscribeRoom(given.rid);
}

async function watch() {
  await (given.follow ? follow() : watchRoom());
  await client.onStreamData("close", () => tell("lost"));
  await client.onStreamData("login", ({ id }) => tell("back", { uid: id }));
}

await obey({
  async login(password) {
    const { id } = await client.login({ username: given.username, password });
    await watch();
    return id;
  },
  send: async (text) => (await client.sendMessage(text, given.rid))._id,
  call: (method, ...params) => client.methodCall(method, ...params),
  missed: (since) => client.methodCall("loadMissedMessages", given.rid, { $date: since }),
  async ownStreams() {
    const all = [
      client.subscribeNotifyUser(),
      client.subscribeLoggedNotify(),
      client.subscribeNotifyAll(),
    ];
    return (await Promise.all(all)).flat().map(({ name, params }) => [name, params[0]]);
  },
  async unwatch() {
    await client.unsubscribeAll();
    return Object.keys((await client.socket).ddp.subscriptions).length;
  },
});
