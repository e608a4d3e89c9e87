// @ts-check
/** The wiring: what the user does to the recording and the notebook, and what comes of it to the page. */

import { listenUrl } from "./connection.js";
import { button, dialog, element } from "./dom.js";
import { listenToKeys } from "./keys.js";
import "./main.js"; // what it shows comes first
import { notebook, store } from "./opened.js";
import { listenQuery, OPTIONS } from "./options.js";
import * as page from "./page.js";
import { publish } from "./publishing.js";
import { Recording } from "./recording.js";
import { isOn, settings } from "./settings.js";
import { t } from "./texts.js";
import * as turns from "./turns.js";

/** @typedef {import("./capture.js").Kind} Kind */

const { engine, price } = document.documentElement.dataset;
const embedded = engine === "embedded";
/** Deepgram asks for no more than this when it gets what it missed; the embedded engine takes all at once. */
const REPLAY_RATE = embedded ? Number.POSITIVE_INFINITY : 1.25;

const source = /** @type {HTMLSelectElement} */ (element("source"));
const fileField = /** @type {HTMLInputElement} */ (element("file"));
/** @type {WakeLockSentinel | null} */
let wakeLock = null;

const recording = new Recording(
  notebook,
  () => listenUrl(location.href, listenQuery(settings, embedded)),
  REPLAY_RATE,
  {
    onState: (state) => {
      if (state === "idle" || state === "error") {
        turns.dropInterim();
        publish(notebook.transcript.lines);
      }
      page.showMuted(recording.muted);
      page.showState(state, notebook.transcript.lines.length === 0);
      if (state === "connecting") showSources(); // now they have names
      keepAwake();
    },
    onProgress: (progress, lagS) => page.showProgress(progress, lagS, Number(price)),
    onProblem: page.showProblem,
    onInterim: (lines) => {
      turns.showInterim(lines);
      publish(notebook.transcript.lines, lines);
    },
    onFinal: (lines) => {
      turns.addFinals(lines, notebook.transcript.lines.length - lines.length);
      publish(notebook.transcript.lines);
    },
    onLevel: (dB) => page.showLevel(dB, recording.muted),
  },
);

function start() {
  const [kind, deviceId = ""] = source.value.split(":");
  if (kind === "file" && !fileField.files?.length) {
    fileField.click(); // goes on when one is chosen
    return;
  }
  const sound = OPTIONS.filter(({ group }) => group === "sound");
  const processing = Object.fromEntries(sound.map(({ name }) => [name, isOn(name)]));
  recording.start({ kind: /** @type {Kind} */ (kind), deviceId, processing, file: fileField.files?.[0] ?? null });
  fileField.value = "";
}

function toggle() {
  if (button("toggle").disabled) return;
  if (page.actions.toggle === "start") start();
  else if (page.actions.toggle === "cancel") recording.cancel();
  else if (page.actions.toggle === "resume") recording.resume();
  else recording.stop();
}

function second() {
  if (page.actions.second === "pause") recording.pause();
  else if (page.actions.second === "stop") recording.stop();
  else if (page.actions.second === "new") startAnew();
}

function pauseOrResume() {
  if (page.actions.second === "pause") recording.pause();
  else if (page.actions.toggle === "resume") recording.resume();
}

/** Puts the transcript aside, where it is stored, and begins another. */
function startAnew() {
  notebook.close();
  recording.forget();
  page.showProblem("", false);
  history.replaceState(null, "", location.pathname);
  turns.clearTurns();
  publish([]);
  page.showState("idle", true);
  button("correct").disabled = false;
}

async function keepAwake() {
  if (!recording.running) wakeLock?.release();
  else if (document.visibilityState === "visible" && (wakeLock?.released ?? true)) {
    wakeLock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  }
}

function showSources() {
  return page.showSources(source.value || (localStorage.getItem("source") ?? "microphone"));
}

/** @param {boolean} [on] */
async function search(on) {
  const { toggleSearch } = await import("./search.js");
  toggleSearch(on);
}

async function openExport() {
  const { showExport } = await import("./exporting.js");
  showExport(notebook);
}

async function openHistory() {
  const { showHistory } = await import("./history.js");
  if (store) showHistory(store, notebook, { recording: () => recording.running, onGone: startAnew });
  else page.showProblem(t("problem.store"), false);
}

async function openSettings() {
  const { showSettings } = await import("./settings-form.js");
  showSettings(embedded, (name) => {
    if (name === "ui" || name === "") location.reload();
    page.applySettings();
  });
}

function openCaptions() {
  window.open("?view=captions&background=black", "captions", "popup,width=960,height=200");
}

function toggleCorrecting() {
  const on = button("correct").ariaPressed !== "true";
  button("correct").ariaPressed = String(on);
  turns.setEditing(on);
}

function listen() {
  button("toggle").addEventListener("click", toggle);
  button("second").addEventListener("click", second);
  button("retry").addEventListener("click", () => recording.retry());
  button("mute").addEventListener("click", () => {
    recording.mute(!recording.muted);
    page.showMuted(recording.muted);
  });
  button("search-open").addEventListener("click", () => search());
  button("correct").addEventListener("click", toggleCorrecting);
  button("captions").addEventListener("click", openCaptions);
  button("history-open").addEventListener("click", openHistory);
  button("settings-open").addEventListener("click", openSettings);
  button("export-open").addEventListener("click", openExport);
  element("help-open").addEventListener("click", () => dialog("help").showModal());
  fileField.addEventListener("change", start);
  source.addEventListener("change", () => {
    if (source.value !== "file") localStorage.setItem("source", source.value);
  });
  navigator.mediaDevices?.addEventListener("devicechange", showSources);
  document.addEventListener("visibilitychange", keepAwake);
  listenToKeys({
    " ": toggle,
    p: pauseOrResume,
    c: openCaptions,
    "/": () => search(true),
    End: turns.jumpToLive,
    "?": () => dialog("help").showModal(),
  });
}

listen();
const unfinished = await notebook.unfinished();
if (unfinished) recording.offer(unfinished);
await showSources();
button("toggle").disabled = button("correct").disabled = notebook.taken;
document.documentElement.dataset.ready = "";
navigator.serviceWorker?.register("worker.js");
// What a click opens is here before the click: the server may be away by then.
for (const name of ["exporting", "history", "search", "settings-form"]) import(`./${name}.js`).catch(() => {});
