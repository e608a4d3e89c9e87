// @ts-check
/** Tells the captions views of this browser what is said, and shows it if this page is one: see stage.js. */

import { turnsOf } from "./transcript.js";

/** @typedef {import("./transcript.js").Line} Line */

/** More turns than these are not shown; whole ones, so that their rows are cut the same each time. */
const TURNS = 3;
/** What a view says that has just been opened. */
const ASK = "ask";

export const isStage = new URLSearchParams(location.search).get("view") === "captions";

const channel = new BroadcastChannel("captions");
/** What was published last. @type {string[]} */
let published = [];
/** @param {string[]} turns */
let show = (turns) => channel.postMessage(turns);

export async function startPublishing() {
  if (!isStage) {
    channel.onmessage = ({ data }) => data === ASK && show(published);
    return;
  }
  const { openStage, showOnStage } = await import("./stage.js");
  openStage();
  show = showOnStage;
  channel.onmessage = ({ data }) => data !== ASK && show(data);
  channel.postMessage(ASK);
}

/** The end of the transcript changed. @param {Line[]} finals @param {Line[]} [interims] */
export function publish(finals, interims = []) {
  let first = finals.length;
  for (let turns = 0; first > 0 && turns < TURNS; first--) if (finals[first - 1]?.opensTurn) turns++;
  published = turnsOf([...finals.slice(first), ...interims]).map(({ text }) => text);
  show(published);
}
