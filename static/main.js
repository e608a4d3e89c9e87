// @ts-check
/** The wiring: what the user does to the recording and the notebook, and what comes of it to the page. */

import { listenUrl } from "./connection.js";
import { button, dialog, element } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { Notebook } from "./notebook.js";
import { listenQuery, OPTIONS } from "./options.js";
import * as page from "./page.js";
import { isStage, publish, startPublishing } from "./publishing.js";
import { Recording } from "./recording.js";
import { toggleSearch } from "./search.js";
import { isOn, settings } from "./settings.js";
import { Store } from "./store.js";
import { chooseLanguage, fillTexts, language, t } from "./texts.js";
import * as turns from "./turns.js";

/** @typedef {import("./capture.js").Kind} Kind */
/** @typedef {import("./transcript.js").Line} Line */

const { engine, price } = document.documentElement.dataset;
const embedded = engine === "embedded";
/** Deepgram asks for no more than this when it gets what it missed; the embedded engine takes all at once. */
const REPLAY_RATE = embedded ? Number.POSITIVE_INFINITY : 1.25;

const source = /** @type {HTMLSelectElement} */ (element("source"));
const fileField = /** @type {HTMLInputElement} */ (element("file"));
const store = await Store.open(() => page.showProblem(t("problem.store"), false));
const notebook = new Notebook(store);
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
      showFinals(lines);
      publish(notebook.transcript.lines);
    },
    onLevel: (dB) => page.showLevel(dB, recording.muted),
  },
);

/** Shows the last lines of the notebook. @param {Line[]} lines */
function showFinals(lines) {
  const first = notebook.transcript.lines.length - lines.length;
  if (lines.length === 0) turns.dropInterim();
  for (const [index, line] of lines.entries()) turns.addFinal(line, first + index);
  if (lines.length > 0) element("hint").hidden = true;
}

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
  showNotebook();
}

function showNotebook() {
  showFinals(notebook.transcript.lines);
  page.showState(recording.state, notebook.transcript.lines.length === 0);
  button("toggle").disabled = button("correct").disabled = notebook.taken;
  if (notebook.taken) page.showProblem(t("problem.taken"), false);
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
    applySettings();
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

function applySettings() {
  const { style } = document.documentElement;
  style.colorScheme = settings.theme || "light dark";
  element("transcript").ariaLive = isOn("announce") ? "polite" : "off";
}

function listen() {
  button("toggle").addEventListener("click", toggle);
  button("second").addEventListener("click", second);
  button("retry").addEventListener("click", () => recording.retry());
  button("mute").addEventListener("click", () => {
    recording.mute(!recording.muted);
    page.showMuted(recording.muted);
  });
  button("search-open").addEventListener("click", () => toggleSearch());
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
    "/": () => toggleSearch(true),
    End: turns.jumpToLive,
    "?": () => dialog("help").showModal(),
  });
  turns.listenToTurns({
    nameOf: (speaker) => notebook.transcript.nameOf(speaker),
    onCorrect: (index, text) => notebook.correct(index, text),
    onRename: (speaker, name) => {
      notebook.rename(speaker, name);
      turns.showName(speaker);
    },
  });
}

await chooseLanguage(settings.ui ? [settings.ui] : navigator.languages);
document.documentElement.lang = language;
fillTexts();
applySettings();
listen();
await startPublishing();
const wanted = Number(new URLSearchParams(location.search).get("transcript")) || null;
if (!isStage) await notebook.open(wanted);
showNotebook();
if (wanted && !notebook.entry) page.showProblem(t("problem.noTranscript"), false);
const unfinished = await notebook.unfinished();
if (unfinished) recording.offer(unfinished);
if (!store) page.showProblem(t("problem.store"), false);
await showSources();
document.documentElement.dataset.ready = "";
navigator.serviceWorker?.register("worker.js");
