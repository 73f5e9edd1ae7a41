// How a script tells its test what a client delivers, and is told what to do with the client.
// Both ways: one JSON object a line.

import { createInterface } from "node:readline";

/**
 * What the test gives: `url`, `host`, `username`, `rid`, `room` (its name); in place of watching the
 * room, `follow`: pairs of a stream and one of its events.
 */
export const given = JSON.parse(process.argv[2]);

export function tell(step, more = {}) {
  process.stdout.write(`${JSON.stringify({ step, ...more })}\n`);
}

/** A message as the client hands it over; `ts` in milliseconds: clients differ in what they make of it. */
export function heard({ _id, rid, msg, u }, ts, more = {}) {
  tell("heard", { id: _id, rid, text: msg, from: u.username, ts, ...more });
}

/** An event of a stream, as the client hands it over. */
export function event(stream, name, args) {
  tell("event", { stream, name, args });
}

/**
 * Carry out `{do, args}` lines until they end: each is answered by `{step: do, answer}`, or by
 * `{step: do, error}` with whatever the client threw. Mistakes of the script itself end it.
 */
export async function obey(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, args = [] } = JSON.parse(line);
    try {
      tell(name, { answer: (await commands[name](...args)) ?? null });
    } catch (error) {
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      tell(name, { error: error instanceof Error ? { message: error.message } : error });
    }
  }
  process.exit();
}
