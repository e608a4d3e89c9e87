// @ts-check
/**
 * One session of `/listen`, in Deepgram's live protocol: audio goes up, messages come down.
 *
 * @typedef {import("./transcript.js").Results} Results
 * @typedef {{ type: "Error", message?: string, description?: string, variant?: string }} ErrorMessage
 * @typedef {{ code: number, error: ErrorMessage | null, opened: boolean }} End how a session ended: its close code, what
 *   the server said about it, and whether there ever was a connection
 * @typedef {{ onOpen: () => void, onResults: (results: Results) => void, onEnd: (end: End) => void }} Handlers
 */

/** How long the last words may take after CloseStream. */
const FINISH_MS = 10_000;
const CLOSED_UNSEEN = 1006;

export class Connection {
  /** @type {WebSocket} */ #socket;
  /** @type {(Blob | string)[]} */ #waiting = [];
  /** @type {ErrorMessage | null} */ #error = null;
  #opened = false;
  /** @type {(end: End) => void} */ #end = () => {};

  /** @param {URL} url @param {Handlers} handlers */
  constructor(url, { onOpen, onResults, onEnd }) {
    this.#end = onEnd;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("open", () => {
      this.#opened = true;
      for (const data of this.#waiting.splice(0)) this.#socket.send(data);
      onOpen();
    });
    this.#socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "Results") onResults(message);
      else if (message.type === "Error") this.#error = message;
    });
    this.#socket.addEventListener("close", ({ code }) => this.#finish(code));
  }

  /** Sends one chunk, as soon as the connection is open. @param {Blob} chunk */
  send(chunk) {
    this.#send(chunk);
  }

  /** Asks for the last words; the session then ends with 1000, or by itself when they do not come. */
  closeStream() {
    this.#send(JSON.stringify({ type: "CloseStream" }));
    setTimeout(() => this.#finish(CLOSED_UNSEEN), FINISH_MS);
  }

  /** Ends the session at once. */
  abandon() {
    this.#end = () => {};
    this.#socket.close();
  }

  /** @param {Blob | string} data */
  #send(data) {
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#waiting.push(data);
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  /** @param {number} code */
  #finish(code) {
    const end = this.#end;
    this.abandon();
    end({ code, error: this.#error, opened: this.#opened });
  }
}

/**
 * The address of `/listen`, beside the page, with Deepgram's options.
 * @param {string} page the page's own address
 * @param {Record<string, string>} options
 */
export function listenUrl(page, options) {
  const url = new URL("listen", page);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = new URLSearchParams(options).toString();
  url.hash = "";
  return url;
}
