// @ts-check
/** Single keys, where nothing is typed; they can be switched off. */

import { isOn } from "./settings.js";

/** @param {Record<string, () => void>} actions by key */
export function listenToKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const target = /** @type {HTMLElement} */ (event.target);
    // A dialog that has just closed keeps the focus until the next frame.
    const taken = target.isContentEditable || target.closest("input, textarea, select, dialog[open]");
    const pressed = event.key === " " && target.closest("button, a"); // the browser presses it
    if (!action || taken || pressed || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !isOn("keys"))
      return;
    event.preventDefault();
    action();
  });
}
