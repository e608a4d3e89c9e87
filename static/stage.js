// @ts-check
/**
 * Captions for a stage or a stream, `?view=captions`: the last rows, large. Size, rows, columns, colours and place
 * come with the address.
 */

import { lastRows } from "./captions.js";
import { element, make } from "./dom.js";

const query = new URLSearchParams(location.search);
const COLUMNS = whole("columns", 38, 10, 80);
const ROWS = whole("lines", 2, 1, 12);
/** Share of the window's width that a character takes at most, so that a full row fits. */
const CHARACTER = 0.62;

/** Makes the page the captions view. */
export function openStage() {
  const { style } = element("stage");
  element("stage").hidden = false;
  document.documentElement.classList.add("stage");
  style.fontSize = `min(${whole("size", 48, 8, 400)}px, ${100 / COLUMNS / CHARACTER}vw)`;
  style.color = colour("color", "white");
  style.setProperty("--box", colour("box", "black"));
  document.documentElement.style.background = colour("background", "transparent");
  if (query.get("place") === "top") style.alignContent = "start";
}

/** @param {string[]} turns the last ones */
export function showOnStage(turns) {
  const rows = lastRows(turns, COLUMNS, ROWS);
  element("stage").replaceChildren(...rows.map((row) => make("p", {}, make("span", {}, row))));
}

/** @param {string} name @param {number} initial @param {number} low @param {number} high */
function whole(name, initial, low, high) {
  const value = Number.parseInt(query.get(name) ?? "", 10);
  return Number.isNaN(value) ? initial : Math.min(high, Math.max(low, value));
}

/** @param {string} name @param {string} initial */
function colour(name, initial) {
  const value = query.get(name) ?? "";
  const hex = /^[0-9a-f]{3,8}$/i.test(value) ? `#${value}` : value; // a # would end the address
  return CSS.supports("color", hex) ? hex : initial;
}
