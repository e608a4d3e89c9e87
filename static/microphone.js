// @ts-check
/** The microphone and its recorder: chunks of encoded audio come out. */

/** Milliseconds of audio a chunk: shorter chunks reach the transcriber sooner. */
const TIMESLICE_MS = 100;
const BITS_PER_SECOND = 32_000;
/** What browsers record and the transcriber decodes, best first; Safari before 18.4 has mp4 alone. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4"];

export class Microphone {
  /** @type {MediaStream} */ #stream;
  /** @type {MediaRecorder} */ #recorder;
  /** Chunks are read one after the other: their order is the recording's. */
  #read = Promise.resolve();

  /**
   * Asks for the microphone and starts to record.
   * @param {{ onChunk: (chunk: Uint8Array) => void, onLost: () => void }} handlers `onLost`: the device went away
   */
  static async open(handlers) {
    if (!navigator.mediaDevices) throw new DOMException("no media devices", "SecurityError");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new Microphone(stream, handlers);
  }

  /** @param {MediaStream} stream @param {{ onChunk: (chunk: Uint8Array) => void, onLost: () => void }} handlers */
  constructor(stream, { onChunk, onLost }) {
    this.#stream = stream;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.#recorder.addEventListener("dataavailable", ({ data }) => {
      this.#read = this.#read.then(async () => onChunk(new Uint8Array(await data.arrayBuffer())));
    });
    // The recorder of a lost device goes on, with nothing to record.
    for (const track of stream.getTracks()) track.addEventListener("ended", onLost);
    this.#recorder.addEventListener("error", onLost);
    this.#recorder.start(TIMESLICE_MS);
  }

  /** Stops; when it returns, the last chunk has been handed out and the device is free. */
  async close() {
    if (this.#recorder.state !== "inactive") {
      const stopped = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve, { once: true }));
      this.#recorder.stop();
      await stopped;
    }
    await this.#read;
    for (const track of this.#stream.getTracks()) track.stop();
  }
}
