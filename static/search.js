// @ts-check
/** Finds words in the transcript and marks them, without a change to its elements. */

import { element, write } from "./dom.js";
import { t } from "./texts.js";

const transcript = element("transcript");
const field = /** @type {HTMLInputElement} */ (element("query"));
/** @type {Range[]} */
let found = [];
let at = 0;

listen();

function listen() {
  field.addEventListener("input", () => {
    at = 0;
    find();
    show();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") toggleSearch(false);
  });
  element("previous").addEventListener("click", () => step(-1));
  element("next").addEventListener("click", () => step(1));
  element("search-close").addEventListener("click", () => toggleSearch(false));
}

/** @param {boolean} [on] */
export function toggleSearch(on = Boolean(element("search").hidden)) {
  element("search").hidden = !on;
  if (on) field.select();
  else element("search-open").focus();
  find();
  show();
}

/** Looks again: the transcript may have grown. @param {number} by */
function step(by) {
  find();
  at = found.length ? (at + by + found.length) % found.length : 0;
  show();
}

function find() {
  const wanted = element("search").hidden ? "" : field.value.trim().toLowerCase();
  found = wanted ? [...transcript.querySelectorAll(".turn > p")].flatMap((words) => rangesIn(words, wanted)) : [];
}

function show() {
  const current = found[at];
  if (CSS.highlights) {
    CSS.highlights.set("found", new Highlight(...found));
    CSS.highlights.set("found-now", new Highlight(...(current ? [current] : [])));
  }
  current?.startContainer.parentElement?.scrollIntoView({ block: "center" });
  write(
    "matches",
    field.value.trim() ? t("search.matches", { at: found.length ? at + 1 : 0, count: found.length }) : "",
  );
}

/** @param {Element} words @param {string} wanted */
function rangesIn(words, wanted) {
  const text = (words.textContent ?? "").toLowerCase();
  const ranges = [];
  for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + wanted.length)) {
    const range = new Range();
    range.setStart(...placeOf(words, start));
    range.setEnd(...placeOf(words, start + wanted.length));
    ranges.push(range);
  }
  return ranges;
}

/** The text node and the place in it. @param {Element} words @param {number} offset @returns {[Node, number]} */
function placeOf(words, offset) {
  const nodes = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const { length } = /** @type {Text} */ (nodes.currentNode);
    if (offset <= length) return [nodes.currentNode, offset];
    offset -= length;
  }
  return [words, 0];
}
