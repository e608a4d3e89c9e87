// @ts-check
/** Shows the page and the transcript that is open; controls.js, which follows, lets the user do something with it. */

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
button("toggle").disabled = true; // until controls.js is here
if (notebook.taken) showProblem(t("problem.taken"), false);
if (wanted && !notebook.entry) showProblem(t("problem.noTranscript"), false);
if (!store) showProblem(t("problem.store"), false);
