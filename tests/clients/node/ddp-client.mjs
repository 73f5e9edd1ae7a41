// @rocket.chat/ddp-client with @rocket.chat/api-client: what Rocket.Chat's own web client uses.

import { createHash } from "node:crypto";
import { WebSocket } from "ws";
import ddpClient from "@rocket.chat/ddp-client";
import { event, given, heard, obey, tell } from "./talk.mjs";

globalThis.WebSocket = WebSocket; // as a browser has it
const sdk = await ddpClient.DDPSDK.createAndConnect(given.url);
let watching;

async function follow() {
  const streams = given.follow.map(([stream, name]) =>
    sdk.stream(stream.replace("stream-", ""), name, (...args) => event(stream, name, args)),
  );
  await Promise.all(streams.map((stream) => stream.ready()));
}

async function watchRoom() {
  watching = sdk.stream("room-messages", given.rid, (message) => heard(message, message.ts.$date));
  await watching.ready();
}

async function watch() {
  await (given.follow ? follow() : watchRoom());
  sdk.connection.on("disconnected", () => tell("lost"));
  sdk.connection.on("connected", async () => {
    await sdk.call("rooms/get"); // held back until logged in, and sent behind the subscriptions
    tell("back", { uid: sdk.account.uid });
  });
}

await obey({
  async login(password) {
    const digest = createHash("sha256").update(password).digest("hex");
    await sdk.account.loginWithPassword(given.username, digest);
    await watch();
    return sdk.account.uid;
  },
  send: async (text) => (await sdk.call("sendMessage", { rid: given.rid, msg: text }))._id,
  missed: (since) => sdk.call("loadMissedMessages", given.rid, { $date: since }),
  account: () => sdk.account.user,
  get: (path, query) => sdk.rest.get(path, query),
  post: (path, body) => sdk.rest.post(path, body),
  subscribe: (stream, event) => sdk.stream(stream, event, () => {}).ready(),
  call: (method, ...params) => sdk.call(method, ...params),
  async unwatch() {
    const gone = new Promise((resolve) => sdk.client.ddp.onNoSub(watching.id, resolve));
    watching.stop();
    return (await gone).msg;
  },
  async logout() {
    await sdk.account.logout();
    return sdk.account.user;
  },
});
