// @ts-check
/** The wiring: microphone to connection, connection to transcript, transcript to page. */

import { Connection, listenUrl } from "./connection.js";
import { Microphone } from "./microphone.js";
import * as page from "./page.js";
import { connectionProblem, MICROPHONE_LOST, microphoneProblem } from "./problems.js";
import { Transcript } from "./transcript.js";

/** @typedef {import("./connection.js").End} End */

/** Deepgram's options for speech that is read as it comes. */
const OPTIONS = {
  model: "nova-3",
  interim_results: "true",
  smart_format: "true",
  punctuate: "true",
  endpointing: "500",
};
const DONE = 1000;

const transcript = new Transcript();
/** @type {Microphone | null} */
let microphone = null;
/** @type {Connection | null} */
let connection = null;
/** Counts the starts, so that a late answer to a cancelled one is known. */
let attempt = 0;
/** @type {page.State} */
let state = "idle";

/** @param {page.State} next */
function enter(next) {
  state = next;
  page.showState(next);
}

async function start() {
  const mine = ++attempt;
  page.showProblem("");
  enter("asking");
  /** @type {Microphone} */
  let opened;
  try {
    opened = await Microphone.open({
      onChunk: (chunk) => connection?.send(chunk),
      onLost: () => mine === attempt && stop(MICROPHONE_LOST),
    });
  } catch (error) {
    if (mine === attempt) fail(microphoneProblem(error));
    return;
  }
  if (mine !== attempt) {
    await opened.close();
    return;
  }
  microphone = opened;
  enter("connecting");
  transcript.beginSession();
  connection = new Connection(listenUrl(location.href, OPTIONS), {
    onOpen: () => enter("live"),
    onResults: (results) => {
      const line = transcript.take(results);
      if (results.is_final) page.addFinal(line);
      else page.showInterim(line);
    },
    onEnd: ended,
  });
}

/** Stops recording and waits for the last words. @param {string} [problem] why, if the user did not ask for it */
async function stop(problem) {
  if (state !== "live" && state !== "connecting") return;
  enter("finishing");
  if (problem) page.showProblem(problem);
  await microphone?.close();
  microphone = null;
  connection?.closeStream();
}

async function cancel() {
  attempt++;
  connection?.abandon();
  connection = null;
  await microphone?.close();
  microphone = null;
  page.dropInterim();
  enter("idle");
}

/** @param {End} end */
async function ended(end) {
  const asked = state === "finishing";
  connection = null;
  await microphone?.close();
  microphone = null;
  page.dropInterim();
  if (asked && end.code === DONE) enter("idle");
  else fail(connectionProblem(end, await health()));
}

/** @param {string} problem */
function fail(problem) {
  page.showProblem(problem);
  enter("error");
}

async function health() {
  try {
    const response = await fetch("healthz", { cache: "no-store" });
    return await response.json();
  } catch {
    return null;
  }
}

page.listen({
  onToggle: () => {
    if (state === "idle" || state === "error") start();
    else if (state === "live") stop();
    else cancel();
  },
  onCopy: async () => {
    await navigator.clipboard.writeText(transcript.text);
    page.showCopied();
  },
  onClear: () => {
    transcript.clear();
    page.clearTranscript();
  },
});
