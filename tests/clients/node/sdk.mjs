// @rocket.chat/sdk 1.x: REST to log in and to send, DDP for what is pushed.

import sdk from "@rocket.chat/sdk";
import { given, heard, obey, tell } from "./talk.mjs";

const client = new sdk.Rocketchat({ host: given.url, useSsl: false, reopen: 100 });
await client.connect();

async function watch() {
  await client.onMessage((message) => heard(message, message.ts.getTime()));
  await client.subscribeRoom(given.rid);
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
