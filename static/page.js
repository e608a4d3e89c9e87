// @ts-check
/** The page around the transcript: state, problems, readouts, the source's picker. */

import { button, element, make, write } from "./dom.js";
import { isOn, settings } from "./settings.js";
import { clock, language, t } from "./texts.js";

/** @typedef {import("./recording.js").State} State */
/** @typedef {import("./session.js").Progress} Progress */
/** @typedef {import("./texts.js").TextKey} TextKey */

/** What the big button does in each state, and the one beside it. @type {Record<State, [TextKey, TextKey | ""]>} */
const BUTTONS = {
  idle: ["start", "new"],
  asking: ["cancel", ""],
  connecting: ["cancel", ""],
  live: ["stop", "pause"],
  paused: ["resume", "stop"],
  reconnecting: ["stop", "pause"],
  "catching up": ["stop", "pause"],
  finishing: ["stop", ""],
  error: ["start", "new"],
};
/** The meter's ends, in dB: a quiet room and a loud voice. */
const QUIET_DB = -60;
const LOUD_DB = -15;
/** Below this for so long, nothing is heard. */
const SILENT_DB = -50;
const SILENT_MS = 5000;
/** A readout that changes faster cannot be read. */
const READOUT_MS = 1000;

const source = /** @type {HTMLSelectElement} */ (element("source"));
let heardAt = 0;
let readAt = 0;

/** What the two buttons do now. @type {{ toggle: TextKey, second: TextKey | "" }} */
export const actions = { toggle: "start", second: "new" };

/** @param {State} state @param {boolean} empty whether there is no transcript */
export function showState(state, empty) {
  [actions.toggle, actions.second] = BUTTONS[state];
  if (actions.second === "new" && empty) actions.second = "";
  write("status", t(`state.${state}`));
  element("status").dataset.state = state;
  button("toggle").textContent = t(actions.toggle);
  button("toggle").dataset.action = actions.toggle;
  button("toggle").disabled = state === "finishing";
  button("second").hidden = !actions.second;
  button("second").textContent = actions.second && t(actions.second);
  const running = !["idle", "error", "finishing"].includes(state);
  source.disabled = running;
  button("mute").hidden = element("meter").hidden = !running;
  element("hint").hidden = !empty;
  write("hint", t(state === "asking" ? "hint.asking" : running ? "hint.speak" : "hint"));
  if (!running) write("notice", "");
  heardAt = performance.now();
}

/** @param {string} text empty for none @param {boolean} mayRetry */
export function showProblem(text, mayRetry) {
  write("problem-text", text);
  element("problem").hidden = !text;
  button("retry").hidden = !mayRetry;
}

/** What the state alone does not say. @param {Progress | null} progress @param {number} lagS @param {number} pricePerMinute 0 for none */
export function showProgress(progress, lagS, pricePerMinute) {
  if (progress) write("clock", clock(progress.recordedS));
  if (progress?.phase === "live" && performance.now() - readAt < READOUT_MS) return;
  readAt = performance.now();
  write("progress", progress ? readout(progress, lagS) : "");
  if (!progress || !pricePerMinute) return;
  const minutes = progress.recordedS / 60;
  const cost = new Intl.NumberFormat(language, { style: "currency", currency: "USD", maximumFractionDigits: 3 }).format(
    minutes * pricePerMinute,
  );
  write("streamed", t("streamed", { minutes: minutes.toFixed(1), cost }));
}

/** @param {Progress} progress @param {number} lagS */
function readout({ phase, keptS, behindS, retryInS }, lagS) {
  if (phase === "reconnecting") {
    const next = retryInS > 0 ? t("nextTry", { seconds: Math.ceil(retryInS) }) : t("tryingNow");
    return `${t("kept", { seconds: Math.round(keptS) })} ${next}`;
  }
  if (phase === "catching up") return t("behind", { seconds: Math.round(behindS) });
  return phase === "live" && lagS ? t("behind", { seconds: lagS.toFixed(1) }) : "";
}

/** @param {number} dB @param {boolean} muted */
export function showLevel(dB, muted) {
  const share = Math.min(1, Math.max(0, (dB - QUIET_DB) / (LOUD_DB - QUIET_DB)));
  /** @type {HTMLElement} */ (element("meter").firstElementChild).style.transform = `scaleX(${muted ? 0 : share})`;
  const now = performance.now();
  if (dB > SILENT_DB || muted) heardAt = now;
  write("notice", now - heardAt > SILENT_MS ? t("noSound") : "");
}

/** @param {boolean} muted */
export function showMuted(muted) {
  button("mute").ariaPressed = String(muted);
}

export function applySettings() {
  const { style } = document.documentElement;
  style.colorScheme = settings.theme || "light dark";
  element("transcript").ariaLive = isOn("announce") ? "polite" : "off";
}

/** Fills the picker with what is there now. @param {string} chosen its value */
export async function showSources(chosen) {
  const devices = await microphones();
  const named = devices.map(({ deviceId, label }) => [`microphone:${deviceId}`, label || t("microphone")]);
  // Some browsers name none until the page may use one: what was chosen before is still to be asked for.
  if (devices.length === 0 && chosen.startsWith("microphone:")) named.push([chosen, t("microphone.last")]);
  const microphoneChoices = [["microphone", t("microphone.default")], ...named];
  const others = /** @type {const} */ (["tab", "both", "file"]).map((kind) => [kind, t(`source.${kind}`)]);
  const made = [...microphoneChoices, ...others].map(([value, text]) => make("option", { value }, text ?? ""));
  source.replaceChildren(...made);
  source.value = chosen;
  if (!source.value) source.value = "microphone"; // it is gone
}

/** The microphones that can be chosen; they have names once the page may use one. */
async function microphones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId && deviceId !== "default");
}
