// simpleddp: any Meteor server's client. Logging in again is left to its users.

import { createHash } from "node:crypto";
import SimpleDDP from "simpleddp";
import { WebSocket } from "ws";
import { event, given, heard, obey, tell } from "./talk.mjs";

const ddp = new SimpleDDP({
  endpoint: `ws://${given.host}/websocket`,
  SocketConstructor: WebSocket,
  reconnectInterval: 100,
});
await ddp.connect();
const watching = { args: [given.rid, false] };

async function follow() {
  ddp.on("changed", ({ collection, fields }) => event(collection, fields.eventName, fields.args));
  for (const [stream, name] of given.follow) {
    watching.sub = ddp.sub(stream, [name, false]);
    await watching.sub.ready();
  }
}

async function watchRoom() {
  ddp.collection("stream-room-messages").onChange(({ added, changed }) => {
    const event = added || changed.next;
    if (event) heard(event.args[0], event.args[0].ts.getTime()); // else forgotten on reconnecting
  });
  watching.sub = ddp.sub("stream-room-messages", watching.args);
  await watching.sub.start();
}

async function watch(token) {
  await (given.follow ? follow() : watchRoom());
  ddp.on("disconnected", () => tell("lost"));
  ddp.on("ready", ({ subs }) => {
    if (watching.uid && subs.includes(watching.sub.subscriptionId)) {
      tell("back", { uid: watching.uid });
    }
  });
  ddp.on("connected", async () => {
    watching.uid = (await ddp.call("login", { resume: token })).id;
  });
}

await obey({
  async login(password) {
    const digest = createHash("sha256").update(password).digest("hex");
    const { id, token, tokenExpires } = await ddp.call("login", {
      user: { username: given.username },
      password: { digest, algorithm: "sha-256" },
    });
    if (!(tokenExpires instanceof Date)) throw new TypeError("tokenExpires is no date");
    await watch(token);
    return id;
  },
  send: async (text) => (await ddp.call("sendMessage", { rid: given.rid, msg: text }))._id,
  missed: (since) => ddp.call("loadMissedMessages", given.rid, new Date(since)),
  publication: async (name) => ddp.subscribe(name).ready().then(() => "ready"),
  users: () => ddp.collection("users").fetch(),
  async unwatch() {
    await watching.sub.stop();
    return watching.sub.isOn();
  },
});
