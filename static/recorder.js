// @ts-check
/** Sound in, chunks of encoded audio out. */

/** Milliseconds of audio a chunk: shorter chunks reach the transcriber sooner. */
const TIMESLICE_MS = 100;
const BITS_PER_SECOND = 32_000;
/** What browsers record and the transcriber decodes, best first; Safari before 18.4 has mp4 alone. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4"];
/** A recorder that says nothing for so many looks, a second apart, has lost its device. */
const SILENT_LOOKS = 3;

export class Recorder {
  /** @type {MediaRecorder} */ #recorder;
  #looks = 0;
  /** @type {ReturnType<typeof setInterval>} */ #watch;
  /** Chunks are read one after the other: their order is the recording's. */
  #read = Promise.resolve();

  /** @param {MediaStream} stream @param {{ onChunk: (chunk: Uint8Array) => void, onLost: () => void }} handlers */
  constructor(stream, { onChunk, onLost }) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.#recorder.addEventListener("dataavailable", ({ data }) => {
      this.#looks = 0;
      if (data.size === 0) return;
      this.#read = this.#read.then(async () => onChunk(new Uint8Array(await data.arrayBuffer())));
    });
    this.#recorder.addEventListener("error", onLost);
    this.#recorder.start(TIMESLICE_MS);
    this.#watch = setInterval(() => {
      if (this.#recorder.state === "recording" && ++this.#looks === SILENT_LOOKS) onLost();
    }, 1000);
  }

  /** Cuts what follows out of the recording, until it goes on; returns when the chunk before the cut is handed out. */
  async pause() {
    this.#recorder.requestData();
    this.#recorder.pause();
    await new Promise((resolve) => setTimeout(resolve, TIMESLICE_MS));
    await this.#read;
  }

  resume() {
    this.#looks = 0;
    this.#recorder.resume();
  }

  /** Stops; when it returns, the last chunk has been handed out. */
  async close() {
    clearInterval(this.#watch);
    if (this.#recorder.state !== "inactive") {
      const stopped = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve, { once: true }));
      this.#recorder.stop();
      await stopped;
    }
    await this.#read;
  }
}
