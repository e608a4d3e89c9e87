// @ts-check
/** The settings: Deepgram's live options, and the page's own. A closed table, and how it becomes a query. Pure. */

import { LANGUAGES } from "./texts.js";

/**
 * @typedef {{ name: string, group: "speech" | "text" | "privacy" | "timing" | "sound" | "page",
 *   kind: "switch" | "text" | "list" | "number" | "choice", initial: string, suggest?: readonly string[],
 *   embedded?: boolean, own?: boolean }} Option `suggest`: values to choose from; `embedded`: the embedded engine
 *   honours it; `own`: the page's, never sent
 * @typedef {Record<string, string>} Values by name; a list has a line for each of its values
 */

const MODELS = "nova-3 nova-3-medical nova-2 nova-2-meeting nova-2-phonecall nova-2-medical enhanced base".split(" ");
const SPOKEN = (
  "multi en en-US en-GB en-AU en-IN bg ca cs da de de-CH el es es-419 et fi fr fr-CA hi hu id it ja ko lt lv ms nl " +
  "no pl pt pt-BR ro ru sk sv th tr uk vi zh-CN zh-TW"
).split(" ");
const SECRETS = ["pci", "pii", "phi", "numbers", "ssn"];

/** @type {readonly Option[]} */
export const OPTIONS = [
  { name: "model", group: "speech", kind: "text", initial: "nova-3", suggest: MODELS },
  { name: "language", group: "speech", kind: "text", initial: "", suggest: SPOKEN },
  { name: "diarize", group: "speech", kind: "switch", initial: "false" },
  { name: "keyterm", group: "speech", kind: "list", initial: "" },
  { name: "keywords", group: "speech", kind: "list", initial: "" },
  { name: "smart_format", group: "text", kind: "switch", initial: "true", embedded: true },
  { name: "punctuate", group: "text", kind: "switch", initial: "true", embedded: true },
  { name: "numerals", group: "text", kind: "switch", initial: "false" },
  { name: "dictation", group: "text", kind: "switch", initial: "false", embedded: true },
  { name: "filler_words", group: "text", kind: "switch", initial: "false" },
  { name: "replace", group: "text", kind: "list", initial: "" },
  { name: "profanity_filter", group: "privacy", kind: "switch", initial: "false" },
  { name: "redact", group: "privacy", kind: "list", initial: "", suggest: SECRETS },
  { name: "endpointing", group: "timing", kind: "number", initial: "500", embedded: true },
  { name: "no_delay", group: "timing", kind: "switch", initial: "false" },
  { name: "echoCancellation", group: "sound", kind: "switch", initial: "true", own: true },
  { name: "noiseSuppression", group: "sound", kind: "switch", initial: "true", own: true },
  { name: "autoGainControl", group: "sound", kind: "switch", initial: "true", own: true },
  { name: "ui", group: "page", kind: "choice", initial: "", suggest: ["", ...Object.keys(LANGUAGES)], own: true },
  { name: "theme", group: "page", kind: "choice", initial: "", suggest: ["", "light", "dark"], own: true },
  { name: "announce", group: "page", kind: "switch", initial: "false", own: true },
  { name: "keys", group: "page", kind: "switch", initial: "true", own: true },
];

/** What the table begins with. @type {Values} */
export const INITIAL = Object.fromEntries(OPTIONS.map(({ name, initial }) => [name, initial]));

/** @param {Option} option @param {boolean} embedded whether the embedded engine transcribes */
export function honoured(option, embedded) {
  return Boolean(option.own || option.embedded || !embedded);
}

/** The query of `/listen`. @param {Values} values @param {boolean} embedded */
export function listenQuery(values, embedded) {
  const query = new URLSearchParams({ interim_results: "true" });
  for (const option of OPTIONS) {
    if (option.own || !honoured(option, embedded)) continue;
    for (const value of valuesOf(option, values)) if (value !== "false") query.append(option.name, value);
  }
  return query;
}

/** What differs from the initial values, to be shared as a link. @param {Values} values */
export function sharedQuery(values) {
  const query = new URLSearchParams();
  for (const option of OPTIONS) {
    if (values[option.name] === option.initial) continue;
    const given = valuesOf(option, values);
    for (const value of given.length > 0 ? given : [""]) query.append(option.name, value);
  }
  return query;
}

/** What a link asks for. @param {URLSearchParams} query @returns {Values} */
export function valuesIn(query) {
  const given = OPTIONS.filter(({ name }) => query.has(name));
  return Object.fromEntries(given.map(({ name }) => [name, query.getAll(name).join("\n")]));
}

/** @param {Option} option @param {Values} values */
function valuesOf({ name, kind }, values) {
  const value = values[name] ?? "";
  const all = kind === "list" ? value.split("\n") : [value];
  return all.map((each) => each.trim()).filter((each) => each);
}
