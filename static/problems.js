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
 * @param {End} end how the session ended
 * @param {{ status?: string, accepting?: boolean } | null} health what `/healthz` says, null when it does not answer
 */
export function connectionProblem(end, health) {
  if (end.error) return end.error.message ?? end.error.description ?? "The transcriber reported an error. Press Start.";
  if (!health) return "The server cannot be reached. Check your connection and that the server runs, then press Start.";
  if (!end.opened && !health.accepting) return "The server is full or restarting. Wait a moment, then press Start.";
  if (!end.opened) return "The server did not accept this page's connection. Load the page again, then press Start.";
  return `The connection was lost (${end.code}). The transcript so far is kept; press Start to go on.`;
}
