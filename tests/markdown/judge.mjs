// Answers with what Rocket.Chat's message parser makes of a text: JSON lines of [text, options] in,
// lines of trees out; null for a text that it refuses.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const { parse } = createRequire(import.meta.url)("@rocket.chat/message-parser");

for await (const line of createInterface({ input: process.stdin })) {
  const [text, options] = JSON.parse(line);
  let tree = null;
  try {
    tree = parse(text, options);
  } catch (error) {
    if (error.name !== "SyntaxError") throw error;
  }
  process.stdout.write(`${JSON.stringify(tree)}\n`);
}
