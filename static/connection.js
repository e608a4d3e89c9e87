// @ts-check
/**
 * One connection to `/listen`, in Deepgram's live protocol: audio goes up, messages come down.
 *
 * @typedef {import("./transcript.js").Results} Results
 * @typedef {{ type: "Error", message?: string, description?: string, variant?: string }} ErrorMessage
 * @typedef {{ code: number, error: ErrorMessage | null }} End how it ended: the close code, and what the server said
 * @typedef {{ onOpen: () => void, onMessage: () => void, onResults: (results: Results) => void,
 *   onEnd: (end: End) => void }} Handlers
 */

/** The close code of a link that broke, or never was. */
export const BROKEN = 1006;

export class Connection {
  /** @type {WebSocket} */ #socket;
  /** @type {ErrorMessage | null} */ #error = null;

  /** @param {URL} url @param {Handlers} handlers */
  constructor(url, { onOpen, onMessage, onResults, onEnd }) {
    this.#socket = new WebSocket(url);
    this.#socket.onopen = onOpen;
    this.#socket.onmessage = ({ data }) => {
      onMessage();
      const message = parsed(data);
      if (message?.type === "Results") onResults(message);
      else if (message?.type === "Error") this.#error = message;
    };
    this.#socket.onclose = ({ code }) => onEnd({ code, error: this.#error });
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes audio */
  send(bytes) {
    this.#socket.send(bytes);
  }

  /** Asks for the final of what was sent so far. */
  finalize() {
    this.#socket.send(JSON.stringify({ type: "Finalize" }));
  }

  /** Asks for the last words; the connection then ends with 1000. */
  closeStream() {
    this.#socket.send(JSON.stringify({ type: "CloseStream" }));
  }

  /** Ends it without another word to anybody. */
  abandon() {
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not of the protocol: nothing to show
  }
}

/**
 * The address of `/listen`, beside the page, with Deepgram's options.
 * @param {string} page the page's own address
 * @param {URLSearchParams} options
 */
export function listenUrl(page, options) {
  const url = new URL("listen", page);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = options.toString();
  url.hash = "";
  return url;
}
