// @ts-check
/** The page: the only module that writes to the DOM. */

/** @typedef {import("./transcript.js").Line} Line */
/** @typedef {import("./session.js").Progress} Progress */
/** @typedef {"idle" | "asking" | "error" | Progress["phase"]} State */

/** @type {Record<State, { status: string, button: string }>} */
const STATES = {
  idle: { status: "Ready", button: "Start" },
  asking: { status: "Waiting for permission", button: "Cancel" },
  connecting: { status: "Connecting", button: "Cancel" },
  live: { status: "Listening", button: "Stop" },
  reconnecting: { status: "Reconnecting", button: "Stop" },
  "catching up": { status: "Catching up", button: "Stop" },
  finishing: { status: "Finishing", button: "Stop" },
  error: { status: "Stopped", button: "Start" },
};
/** This close to its end, in pixels, the transcript keeps following. */
const FOLLOW_PX = 24;
const COPIED_MS = 1500;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));

const transcript = element("transcript");
const interim = document.createElement("span");
interim.className = "interim";

/** @type {ReturnType<typeof setInterval> | undefined} */
let clockTimer;

/** @param {{ onToggle: () => void, onRetry: () => void, onCopy: () => void, onClear: () => void }} handlers */
export function listen({ onToggle, onRetry, onCopy, onClear }) {
  button("retry").addEventListener("click", onRetry);
  button("toggle").addEventListener("click", onToggle);
  button("copy").addEventListener("click", onCopy);
  button("clear").addEventListener("click", onClear);
}

/** Everything is in place: the page may be used. */
export function ready() {
  button("toggle").disabled = false;
  document.documentElement.dataset.ready = "";
}

/** @param {State} state */
export function showState(state) {
  const { status, button: label } = STATES[state];
  element("status").textContent = status;
  const toggle = button("toggle");
  toggle.textContent = label;
  toggle.dataset.action = label.toLowerCase();
  toggle.disabled = state === "finishing";
  if (state === "idle" || state === "error" || state === "finishing") clearInterval(clockTimer);
}

/** @param {string} text empty for none @param {boolean} [mayRetry] */
export function showProblem(text, mayRetry = false) {
  if (element("problem-text").textContent !== text) element("problem-text").textContent = text;
  element("problem").hidden = !text;
  button("retry").hidden = !mayRetry;
}

/** What the state alone does not say. @param {Progress | null} progress */
export function showProgress(progress) {
  let text = "";
  if (progress?.phase === "reconnecting") {
    text = `Still recording: ${Math.round(progress.keptS)} s kept. `;
    text += progress.retryInS > 0 ? `Next try in ${Math.ceil(progress.retryInS)} s` : "Trying now";
  } else if (progress?.phase === "catching up") text = `${Math.round(progress.behindS)} s behind`;
  if (element("progress").textContent !== text) element("progress").textContent = text;
}

/** @param {Line} line */
export function addFinal(line) {
  interim.remove();
  if (!line.text) return;
  const final = document.createElement("span");
  final.className = "final";
  final.textContent = line.text;
  append(line, final);
  button("copy").disabled = button("clear").disabled = false;
}

/** A mark where audio was lost. @param {Line} line */
export function addGap(line) {
  const gap = document.createElement("span");
  gap.className = "gap";
  gap.textContent = line.text;
  append(line, gap);
}

/** @param {Line} line */
export function showInterim(line) {
  if (!line.text) return;
  interim.textContent = line.text;
  append(line, interim);
}

/** What is still interim goes: its final will not come. */
export function dropInterim() {
  interim.remove();
  transcript.querySelector(".turn:last-child:not(:has(.final, .gap))")?.remove();
}

export function clearTranscript() {
  transcript.replaceChildren();
  element("hint").hidden = false;
  button("copy").disabled = button("clear").disabled = true;
}

/** Says for a moment that the transcript is copied. */
export function showCopied() {
  button("copy").textContent = "Copied";
  setTimeout(() => {
    button("copy").textContent = "Copy";
  }, COPIED_MS);
}

/** @param {Line} line @param {HTMLElement} text */
function append(line, text) {
  const root = document.documentElement;
  const following = root.scrollHeight - root.clientHeight - root.scrollTop <= FOLLOW_PX;
  element("hint").hidden = true;
  let turn = transcript.lastElementChild;
  if (!turn || (line.opensTurn && turn.querySelector(".final, .gap"))) {
    turn = newTurn(line.start);
    transcript.append(turn);
  }
  const words = /** @type {HTMLElement} */ (turn.lastElementChild);
  if (text.parentElement !== words) words.append(text);
  if (text !== interim) words.append(" ");
  if (following) root.scrollTop = root.scrollHeight;
}

/** @param {number} start seconds */
function newTurn(start) {
  const turn = document.createElement("p");
  turn.className = "turn";
  const time = document.createElement("time");
  time.textContent = clock(start);
  turn.append(time, document.createElement("span"));
  return turn;
}

export function startClock() {
  const started = Date.now();
  const show = () => {
    element("clock").textContent = clock((Date.now() - started) / 1000);
  };
  show();
  element("clock").hidden = false;
  clearInterval(clockTimer);
  clockTimer = setInterval(show, 1000);
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const tail = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
