// @ts-check
/** The export dialog: the transcript as it stands, as a file or copied. */

import { button, dialog, element, make } from "./dom.js";
import { FORMATS, plainText } from "./formats.js";
import { titleOf } from "./history.js";
import { t } from "./texts.js";

/** @typedef {import("./notebook.js").Notebook} Notebook */

const SAID_MS = 1500;

/** @param {Notebook} notebook */
export function showExport(notebook) {
  const buttons = Object.entries(FORMATS).map(([name, { label }]) =>
    make("button", { type: "button", onclick: () => save(notebook, name) }, `${label} (.${name})`),
  );
  element("formats").replaceChildren(button("copy"), ...buttons);
  button("copy").onclick = async () => {
    await navigator.clipboard.writeText(plainText(sourceOf(notebook)));
    button("copy").textContent = t("copied");
    setTimeout(() => {
      button("copy").textContent = t("copy");
    }, SAID_MS);
  };
  dialog("export").showModal();
}

/** @param {Notebook} notebook @param {string} name of the format */
function save(notebook, name) {
  const { type, write } = /** @type {typeof FORMATS[string]} */ (FORMATS[name]);
  const source = sourceOf(notebook);
  const href = URL.createObjectURL(new Blob([write(source)], { type }));
  make("a", { href, download: `${source.title.replace(/[\\/:*?"<>|]+/g, "-")}.${name}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), SAID_MS);
}

/** @param {Notebook} notebook */
function sourceOf({ transcript, entry }) {
  const created = new Date(entry?.id ?? Date.now());
  const title = entry ? titleOf(entry) : t("title");
  return { title, created, lines: transcript.lines, nameOf: transcript.nameOf.bind(transcript) };
}
