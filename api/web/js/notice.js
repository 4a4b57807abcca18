// Notices: what went wrong, in one sentence, until somebody closes it.
import { byId, element } from "./elements.js";

const SHOWN_MS = 15000;

/** Show an error; the same sentence is there once. */
export function notice(error) {
  const text = error.message || String(error);
  const all = byId("notices");
  for (const old of all.children) if (old.dataset.text === text) old.remove();
  const made = element("div", { class: "notice", "data-text": text }, element("p", {}, text));
  made.append(element("button", { type: "button", "aria-label": "Close", on: { click: () => made.remove() } }, "✕"));
  all.append(made);
  setTimeout(() => made.remove(), SHOWN_MS);
}

/** Call something and show what it throws. */
export async function noticed(does) {
  try {
    return await does();
  } catch (error) {
    notice(error);
    return undefined;
  }
}
