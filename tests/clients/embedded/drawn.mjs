/** In the page: the messages that can be seen, newest first: `{id, text, reactions, replies}`. */
export function drawn() {
  const messages = [];
  for (const shown of document.querySelectorAll(".ec-message")) {
    const body = shown.querySelector("[id^=ec-message-body-]");
    if (!body) continue; // of the system
    const reactions = [...shown.querySelectorAll(".ec-message-reactions > .ec-box")];
    messages.push({
      id: body.id.slice("ec-message-body-".length),
      text: body.firstChild.innerText.trim(),
      reactions: reactions.map((one) => [one.querySelector("img").title, one.innerText.trim()]),
      replies: shown.querySelector("[title=Replies]")?.innerText ?? null,
    });
  }
  return messages;
}
