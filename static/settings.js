// @ts-check
/** The settings in force, kept between visits; the dialog that changes them is settings-form.js. */

import { INITIAL, OPTIONS, valuesIn } from "./options.js";

/** @typedef {import("./options.js").Values} Values */

const KEY = "settings";

/** The initial values, under what was kept, under what the page's address asks for. @type {Values} */
export const settings = { ...INITIAL, ...kept(), ...valuesIn(new URLSearchParams(location.search)) };

/** @param {string} name */
export function isOn(name) {
  return settings[name] === "true";
}

/** Sets and keeps it; what the address asked for is kept with it, and asked no more. @param {string} name @param {string} value */
export function set(name, value) {
  settings[name] = value;
  const url = new URL(location.href);
  for (const { name } of OPTIONS) url.searchParams.delete(name);
  history.replaceState(null, "", url);
  localStorage.setItem(KEY, JSON.stringify(settings));
}

/** @returns {Values} */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {}; // what is there is not ours, or nothing may be kept
  }
}
