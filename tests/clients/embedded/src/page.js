// EmbeddedChat as a site embeds it, in the room that the address names: `?rid=...&name=...`.

import { EmbeddedChat } from "@embeddedchat/react";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

const asked = new URLSearchParams(location.search);
const chat = createElement(EmbeddedChat, {
  host: location.origin,
  roomId: asked.get("rid"),
  channelName: asked.get("name"),
  enableThreads: true,
  showUsername: true,
  auth: { flow: "PASSWORD" },
});
createRoot(document.getElementById("chat")).render(chat);
