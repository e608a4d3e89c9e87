// @ts-check
/** What went wrong and what to do about it, in the user's words. */

/** @typedef {import("./connection.js").End} End */

/** @type {Record<string, string>} */
const MICROPHONE = {
  SecurityError:
    "Browsers give the microphone to secure pages only. Open this page over https, or on this machine as http://localhost.",
  NotAllowedError:
    "The microphone is blocked for this page. Allow it in the browser's site settings (the icon beside the address), then press Start.",
  NotFoundError: "No microphone was found. Connect one, then press Start.",
  NotReadableError: "The microphone is in use by another program. Close that program, then press Start.",
  OverconstrainedError: "That microphone is no longer there. Connect it again or choose another, then press Start.",
};

export const MICROPHONE_LOST = "The microphone was disconnected. Connect it again, then press Start.";

/** @param {unknown} error what getUserMedia or MediaRecorder threw */
export function microphoneProblem(error) {
  const name = error instanceof DOMException ? error.name : "";
  return (
    MICROPHONE[name] ?? `The microphone could not be opened (${name || error}). Load the page again and press Start.`
  );
}

/**
 * @param {End} end how the connection ended
 * @param {boolean} reachable whether the server answers
 */
export function connectionProblem(end, reachable) {
  if (end.error) return end.error.message ?? end.error.description ?? "The transcriber reported an error.";
  if (!reachable) return "The server cannot be reached. Check your connection and that the server runs.";
  return `The server ended the connection (${end.code}).`;
}
