// @ts-check
/** Shows the page and the transcript that is open; then loads what the user does with it. */

import { button } from "./dom.js";
import { notebook, store } from "./opened.js";
import { applySettings, showProblem, showState } from "./page.js";
import { isStage, startPublishing } from "./publishing.js";
import { settings } from "./settings.js";
import { chooseLanguage, fillTexts, language, t } from "./texts.js";
import { addFinals, listenToTurns, showName } from "./turns.js";

await chooseLanguage(settings.ui ? [settings.ui] : navigator.languages);
document.documentElement.lang = language;
fillTexts();
applySettings();
await startPublishing();
const wanted = Number(new URLSearchParams(location.search).get("transcript")) || null;
if (!isStage) await notebook.open(wanted);
listenToTurns({
  nameOf: (speaker) => notebook.transcript.nameOf(speaker),
  onCorrect: (index, text) => notebook.correct(index, text),
  onRename: (speaker, name) => {
    notebook.rename(speaker, name);
    showName(speaker);
  },
});
const { lines } = notebook.transcript;
addFinals(lines, 0);
showState("idle", lines.length === 0);
button("toggle").disabled = true; // what it does is not here yet
if (notebook.taken) showProblem(t("problem.taken"), false);
if (wanted && !notebook.entry) showProblem(t("problem.noTranscript"), false);
if (!store) showProblem(t("problem.store"), false);

await import("./controls.js");
document.documentElement.dataset.ready = "";
navigator.serviceWorker?.register("worker.js");
// What a click opens is here before the click: the server may be away by then.
for (const name of ["exporting", "history", "search", "settings-form"]) import(`./${name}.js`).catch(() => {});
