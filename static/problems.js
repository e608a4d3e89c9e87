// @ts-check
/** What went wrong and what to do about it, in the user's words. */

import { t } from "./texts.js";

/** @typedef {import("./capture.js").Kind} Kind */
/** @typedef {import("./connection.js").End} End */
/** @typedef {import("./probe.js").Answer} Answer */
/** @typedef {import("./texts.js").TextKey} TextKey */

/** By the name of what the browser throws. @type {Record<string, TextKey>} */
const CAPTURE = {
  SecurityError: "problem.insecure",
  NotAllowedError: "problem.blocked",
  NotFoundError: "problem.noMicrophone",
  NotReadableError: "problem.inUse",
  NoAudioError: "problem.noSound",
  NoSharingError: "problem.noSharing",
};

/** @param {unknown} error what stopped the capture or the recorder @param {Kind} kind */
export function captureProblem(error, kind) {
  const name = error instanceof DOMException ? error.name : "";
  if (kind === "file") return t("problem.file");
  if (kind !== "microphone" && name === "NotAllowedError") return t("problem.notShared");
  const key = CAPTURE[name];
  return key ? t(key) : t("problem.capture", { error: name || String(error) });
}

/**
 * @param {End} end how the connection ended
 * @param {Answer | null} answer what the server says to another, if it answers
 */
export function connectionProblem(end, answer) {
  if (end.error) return end.error.message ?? end.error.description ?? t("problem.transcriber");
  if (!answer) return t("problem.unreachable");
  return answer.message || t("problem.ended", { code: end.code });
}
