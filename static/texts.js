// @ts-check
/** The words that the page shows, in the user's language; the words themselves are in texts/. */

import en from "./texts/en.js";

/** @typedef {keyof typeof en} TextKey */

export const LANGUAGES = { en: "English", de: "Deutsch" };

/** @type {Record<TextKey, string>} */
let texts = en;
/** Of the words shown: for dates, and for screen readers. */
export let language = "en";

/** Takes the first of these languages that there are words for. @param {readonly string[]} wanted BCP-47 tags */
export async function chooseLanguage(wanted) {
  language = wanted.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES) ?? "en";
  texts = language === "de" ? (await import("./texts/de.js")).default : en;
}

/** @param {TextKey} key @param {Record<string, string | number>} [values] of the names in braces */
export function t(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Writes the words into markup that names them. @param {ParentNode} [root] */
export function fillTexts(root = document) {
  for (const element of root.querySelectorAll("[data-t], [data-t-label]")) {
    const { t: text, tLabel: label } = /** @type {HTMLElement} */ (element).dataset;
    if (text) element.textContent = t(/** @type {TextKey} */ (text));
    if (label) element.setAttribute("aria-label", t(/** @type {TextKey} */ (label)));
  }
}

/** @param {number} seconds as a clock shows them */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const tail = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
