// @ts-check
/**
 * Captions for a stage or a stream, `?view=captions`: the last rows, large. Shows what this page transcribes or any
 * other page of this browser; size, rows, columns, colours and place come with the address.
 */

import { lastRows } from "./captions.js";
import { element, make } from "./dom.js";
import { turnsOf } from "./transcript.js";

/** @typedef {import("./transcript.js").Line} Line */

const query = new URLSearchParams(location.search);
export const isStage = query.get("view") === "captions";
const COLUMNS = whole("columns", 38, 10, 80);
const ROWS = whole("lines", 2, 1, 12);
/** Share of the window's width that a character takes at most, so that a full row fits. */
const CHARACTER = 0.62;
/** More turns than these are not shown; whole ones, so that their rows are cut the same each time. */
const TURNS = 3;

/** What a view says that has just been opened. */
const ASK = "ask";
const channel = new BroadcastChannel("captions");

/** What was published last. @type {string[]} */
let turns = [];

/** Makes the page the captions view, if its address asks for it; another page tells such a view what it asks. */
export function openStage() {
  if (!isStage) {
    channel.onmessage = ({ data }) => data === ASK && channel.postMessage(turns);
    return;
  }
  const { style } = element("stage");
  element("stage").hidden = false;
  document.documentElement.classList.add("stage");
  style.fontSize = `min(${whole("size", 48, 8, 400)}px, ${100 / COLUMNS / CHARACTER}vw)`;
  style.color = colour("color", "white");
  style.setProperty("--box", colour("box", "black"));
  document.documentElement.style.background = colour("background", "transparent");
  if (query.get("place") === "top") style.alignContent = "start";
  channel.onmessage = ({ data }) => data !== ASK && show(data);
  channel.postMessage(ASK);
}

/** Shows the end of the transcript here or on the stage of another page. @param {Line[]} finals @param {Line[]} interims */
export function publish(finals, interims) {
  let first = finals.length;
  for (let turns = 0; first > 0 && turns < TURNS; first--) if (finals[first - 1]?.opensTurn) turns++;
  turns = turnsOf([...finals.slice(first), ...interims]).map(({ text }) => text);
  if (isStage) show(turns);
  else channel.postMessage(turns);
}

/** @param {string[]} said */
function show(said) {
  const rows = lastRows(said, COLUMNS, ROWS);
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
