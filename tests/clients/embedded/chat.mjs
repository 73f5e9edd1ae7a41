// EmbeddedChat in a headless Chromium, used by what is on its page.
// The browser is given the page itself (from `given.page`) as if the workspace served it, and asks the
// workspace for everything else. It knows no other host: pictures of emojis stay away.

import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";
import { given, obey, tell } from "../node/talk.mjs";
import { drawn } from "./drawn.mjs";

const PLACE = "/embedded-chat/";
const SUBSCRIPTIONS = 11;
const KEPT = ["stream-room-messages", "stream-notify-room"];
const ORDER = ["reaction", "reply", "quote", "star", "pin", "edit", "delete"];

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox", // it may run as root
    "--disable-features=LocalNetworkAccessChecks", // what the driver hands it counts as from outside
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
  ],
});
const page = await browser.newPage({ viewport: { width: 900, height: 700 }, deviceScaleFactor: 1 });
page.setDefaultTimeout(60_000);
const input = page.getByPlaceholder("Message", { exact: true });
const body = (id) => page.locator(`#ec-message-body-${id}`);
const events = [];
const asked = [];

page.on("request", (request) => asked.push(decodeURIComponent(request.url())));
page.on("pageerror", (error) => tell("threw", { message: String(error) }));
page.on("response", (answer) => {
  if (answer.status() >= 400) tell("refused", { status: answer.status(), path: new URL(answer.url()).pathname });
});
page.on("websocket", (socket) => {
  let ready = 0;
  socket.on("framereceived", ({ payload }) => {
    const frame = JSON.parse(payload);
    if (frame.msg === "ready" && ++ready === SUBSCRIPTIONS) tell("watching");
    if (frame.msg !== "changed" || !KEPT.includes(frame.collection)) return;
    events.push({ stream: frame.collection, name: frame.fields.eventName, args: frame.fields.args });
  });
  socket.on("close", () => tell("lost"));
});
await page.clock.install(); // it waits 20 seconds before it connects again
await page.route(`**${PLACE}**`, async (route) => {
  const { pathname } = new URL(route.request().url());
  await route.fulfill({ path: join(given.page, pathname.slice(PLACE.length) || "index.html") });
});

/** A button over a message: the page draws it for the mouse, and takes it away when it is drawn anew. */
async function tool(id, name) {
  const button = body(id).locator(".ec-message-toolbox button").nth(ORDER.indexOf(name));
  for (let tries = 1; ; tries++) {
    try {
      await body(id).hover({ timeout: 8000 });
      return await button.click({ timeout: 8000 });
    } catch (error) {
      if (tries === 8) throw error;
      await page.mouse.move(0, 0);
    }
  }
}

/** Act until the page asks for an address with `what` in it: a click is lost on what is being drawn anew. */
async function tillAsked(what, act) {
  const before = asked.length;
  const done = () => asked.slice(before).some((url) => url.includes(what));
  for (let tries = 0; tries < 6 && !done(); tries++) {
    await act();
    for (let waits = 0; waits < 100 && !done(); waits++) await setTimeout(100);
  }
  if (!done()) throw new Error(`${what} was not asked for`);
}

/** The same for what the page draws. */
async function tillDrawn(wanted, act) {
  for (let tries = 1; ; tries++) {
    await act();
    if (await wanted.waitFor({ timeout: 10_000 }).then(() => true, () => false)) return;
    if (tries === 6) throw new Error(`${wanted} was not drawn`);
  }
}

/** Until it is stored: it is drawn earlier. */
async function write(text) {
  const stored = page.waitForResponse(/\/api\/v1\/chat\.(sendMessage|update)$/);
  await input.fill(text);
  await input.press("Enter");
  await stored;
}

await obey({
  async open() {
    await page.goto(`${given.url}${PLACE}?rid=${given.rid}&name=${given.room}`);
    await page.getByRole("button", { name: "JOIN" }).click();
  },
  async login(password) {
    await page.getByPlaceholder("example@example.com").fill(given.username);
    await page.locator("input[type=password]").fill(password);
    await page.getByRole("button", { name: "Login" }).click();
  },
  write,
  type: (text) => input.pressSequentially(text),
  async edit(id, text) {
    await tillDrawn(page.getByText("Editing Message"), () => tool(id, "edit"));
    // It says so before it puts the old text there.
    while (!(await input.inputValue())) await setTimeout(50);
    await write(text);
  },
  async react(id, emoji) {
    const choice = page.locator(`[data-unified="${emoji}"]`).first();
    await tillAsked("/api/v1/chat.react", async () => {
      // Over the tools while it is open.
      if (!(await choice.count())) await tool(id, "reaction");
      await choice.waitFor({ timeout: 20_000 }).catch(() => {});
      await choice.dispatchEvent("click", {}, { timeout: 1000 }).catch(() => {});
    });
  },
  openThread: (id) => tillAsked(`"tmid":"${id}"`, () => tool(id, "reply")),
  closeThread: () => page.locator(".ec-chat-header button").last().click(),
  pin: (id) => tillAsked("/api/v1/chat.pinMessage", () => tool(id, "pin")),
  async delete(id) {
    const sure = page.getByRole("button", { name: "Delete message" });
    await tillDrawn(sure, () => tool(id, "delete"));
    await sure.click();
  },
  async reads(text) {
    await page.getByText(text).first().waitFor();
  },
  async isRidOf(text) {
    await page.getByText(text).first().waitFor({ state: "hidden" });
  },
  /** What is drawn, once that is `wanted` or after a while. */
  async until(wanted) {
    const same = page.waitForFunction(`JSON.stringify((${drawn})()) === ${JSON.stringify(JSON.stringify(wanted))}`);
    await same.catch(() => {});
    return page.evaluate(drawn);
  },
  /** That of who is logged in, and of who wrote. */
  seesPictures: () =>
    page.waitForFunction(() => {
      const pictures = [...document.querySelectorAll('img[src*="/avatar/"], img[alt="avatar"]')];
      return pictures.length > 0 && pictures.every((picture) => picture.naturalWidth > 0);
    }),
  events: () => events.splice(0),
  hurry: () => page.clock.fastForward(20_000),
  reload: () => page.reload(),
  async screenshot(path) {
    await page.screenshot({ path });
  },
});
