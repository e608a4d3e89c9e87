// @ts-check
/** The wiring: microphone to session, session to transcript, transcript to page. */

import { Connection, listenUrl } from "./connection.js";
import { Microphone } from "./microphone.js";
import * as page from "./page.js";
import { connectionProblem, MICROPHONE_LOST, microphoneProblem } from "./problems.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";

/** @typedef {import("./connection.js").End} End */
/** @typedef {import("./ledger.js").Ledger} Ledger */
/** @typedef {import("./session.js").World} World */

/** Deepgram's options for speech that is read as it comes. */
const OPTIONS = {
  model: "nova-3",
  interim_results: "true",
  smart_format: "true",
  punctuate: "true",
  endpointing: "500",
};
/** Deepgram asks for no more than this when it gets what it missed; the embedded engine takes all at once. */
const REPLAY_RATE = document.documentElement.dataset.engine === "embedded" ? Number.POSITIVE_INFINITY : 1.25;
const ANSWER_MS = 1500;

/** @type {World} */
const world = {
  connect: (handlers) => new Connection(listenUrl(location.href, OPTIONS), handlers),
  reachable: async () => {
    try {
      await fetch("healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      return true;
    } catch {
      return false;
    }
  },
  now: () => performance.now() / 1000,
  later: (run, seconds) => {
    const timer = setTimeout(run, seconds * 1000);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

const store = await Store.open();
const transcript = new Transcript();
/** @type {Microphone | null} */
let microphone = null;
/** @type {Session | null} */
let session = null;
/** A recording of before a reload, whose audio is not all transcribed. @type {{ origin: number, ledger: Ledger } | null} */
let unfinished = null;
/** Counts the starts, so that a late answer to a cancelled one is known. */
let attempt = 0;
/** @type {page.State} */
let state = "idle";

/** @param {page.State} next */
function enter(next) {
  if (next === state) return;
  state = next;
  page.showState(next);
}

async function start() {
  const mine = ++attempt;
  session?.abandon();
  session = unfinished = null;
  linkProblem = "";
  page.showProblem("");
  enter("asking");
  /** @type {Microphone} */
  let opened;
  try {
    opened = await Microphone.open({
      onChunk: (chunk) => mine === attempt && session?.add(chunk),
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
  page.startClock();
  const origin = transcript.beginRecording();
  session = newSession(store?.beginRecording(origin));
}

/** @param {Ledger} [ledger] */
function newSession(ledger) {
  return new Session(
    world,
    {
      onProgress: (progress) => {
        enter(progress.phase);
        page.showProgress(progress);
        if (progress.phase !== "reconnecting") showLinkProblem("");
      },
      onResults: (results, offset, covered) => {
        const line = transcript.take(results, offset, covered);
        if (!results.is_final) page.showInterim(line);
        else {
          page.addFinal(line);
          if (line.text) store?.addLine(line);
        }
      },
      onGap: (from, seconds) => {
        const line = transcript.takeGap(from, seconds);
        page.addGap(line);
        store?.addLine(line);
      },
      onLost: async (end) => {
        const problem = connectionProblem(end, await world.reachable());
        if (state === "reconnecting") showLinkProblem(problem);
      },
      onEnd: ended,
    },
    { replayRate: REPLAY_RATE, ledger },
  );
}

/** What keeps the session from the server; it goes when the link is back. */
let linkProblem = "";

/** @param {string} problem empty for none */
function showLinkProblem(problem) {
  if (problem !== linkProblem) page.showProblem(problem, problem !== "");
  linkProblem = problem;
}

/** Stops recording and waits for the last words. @param {string} [problem] why, if the user did not ask for it */
async function stop(problem) {
  if (problem) page.showProblem(problem);
  await release();
  session?.finish();
}

async function cancel() {
  attempt++;
  session?.abandon();
  session = null;
  await release();
  store?.clearRecording();
  page.dropInterim();
  page.showProgress(null);
  enter("idle");
}

/** @param {End | null} end why the session was given up, if it was */
async function ended(end) {
  await release();
  page.dropInterim();
  if (!end) {
    session = null;
    page.showProgress(null);
    enter("idle");
    return;
  }
  session?.finish(); // the recording is; retry goes on from here
  page.showProgress(null);
  enter("error");
  const advice = "What you said is kept: press Retry now, or Start for a new recording.";
  showLinkProblem(`${connectionProblem(end, await world.reachable())} ${advice}`);
}

/** @param {string} problem */
function fail(problem) {
  enter("error");
  page.showProblem(problem);
}

async function release() {
  const released = microphone;
  microphone = null;
  await released?.close();
}

page.listen({
  onToggle: () => {
    if (state === "idle" || state === "error") start();
    else if (state === "asking" || state === "connecting") cancel();
    else stop();
  },
  onRetry: () => {
    if (!unfinished) return session?.retry();
    transcript.beginRecording(unfinished.origin);
    session = newSession(unfinished.ledger);
    unfinished = null;
    session.finish();
  },
  onCopy: async () => {
    await navigator.clipboard.writeText(transcript.text);
    page.showCopied();
  },
  onClear: () => {
    transcript.clear();
    page.clearTranscript();
    store?.clearLines();
    if (!unfinished) return;
    unfinished = null;
    store?.clearRecording();
    showLinkProblem("");
  },
});
await restore();
page.ready();

/** Takes up what a reload or a crash left: the text at once, and audio that is not transcribed yet when asked to. */
async function restore() {
  if (!store) return;
  const { lines, origin, ledger } = await store.load();
  for (const line of lines) {
    transcript.restore(line);
    page.addFinal(line);
  }
  if (ledger.first === ledger.end) return;
  unfinished = { origin, ledger };
  showLinkProblem("The last recording was cut off. Press Retry now to transcribe the rest of it; Start drops it.");
}
