// @ts-check
/** Where the sound comes from: a microphone, a tab or the system, both, or a file that is played. */

/** @typedef {"microphone" | "tab" | "both" | "file"} Kind */
/**
 * @typedef {{ kind: Kind, deviceId: string, processing: MediaTrackConstraints, file: File | null }} Wanted
 *   `deviceId`: empty for the browser's default; `processing`: what the browser does to the microphone's sound
 */

export class Capture {
  /** What to record. @type {MediaStream} */ stream = new MediaStream();
  #context = new AudioContext();
  #analyser = this.#context.createAnalyser();
  #samples = new Float32Array(this.#analyser.fftSize);
  /** @type {MediaStream[]} */ #streams = [];
  /** @type {HTMLAudioElement | null} */ #player = null;

  /**
   * Asks for the sound. Throws what the browser throws, and "NoAudioError" where nothing can be heard.
   * @param {Wanted} wanted @param {{ onEnd: () => void }} handlers `onEnd`: the device went away, the sharing or the file ended
   */
  static async open(wanted, { onEnd }) {
    if (wanted.kind !== "file" && !navigator.mediaDevices) throw new DOMException("no media devices", "SecurityError");
    const capture = new Capture();
    try {
      await capture.#open(wanted, onEnd);
    } catch (error) {
      capture.close();
      throw error;
    }
    return capture;
  }

  /** @param {Wanted} wanted @param {() => void} onEnd */
  async #open(wanted, onEnd) {
    if (wanted.kind === "tab" || wanted.kind === "both") this.#streams.push(await screenSound());
    if (wanted.kind === "microphone" || wanted.kind === "both") this.#streams.push(await microphone(wanted));
    /** @type {AudioNode[]} */
    const sources = this.#streams.map((stream) => this.#context.createMediaStreamSource(stream));
    if (wanted.file) sources.push(await this.#play(wanted.file, onEnd));
    for (const source of sources) source.connect(this.#analyser);
    const [only] = this.#streams;
    if (only && sources.length === 1) this.stream = new MediaStream(only.getAudioTracks());
    else {
      const mixed = this.#context.createMediaStreamDestination();
      for (const source of sources) source.connect(mixed);
      this.stream = mixed.stream;
    }
    for (const stream of this.#streams) {
      for (const track of stream.getAudioTracks()) track.addEventListener("ended", onEnd);
    }
  }

  /** @param {File} file @param {() => void} onEnd */
  async #play(file, onEnd) {
    const player = new Audio(URL.createObjectURL(file));
    this.#player = player;
    const node = this.#context.createMediaElementSource(player);
    node.connect(this.#context.destination);
    player.addEventListener("ended", onEnd);
    await player.play();
    return node;
  }

  /** The loudness of the last moment, in dB below the loudest; silence of a real microphone is about -60. */
  get level() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    return 10 * Math.log10(power + 1e-10);
  }

  /** Silence is recorded in place of the microphone. @param {boolean} muted */
  mute(muted) {
    for (const track of this.stream.getAudioTracks()) track.enabled = !muted;
  }

  pause() {
    this.#player?.pause();
  }

  async resume() {
    await this.#player?.play();
  }

  close() {
    this.#player?.pause();
    if (this.#player) URL.revokeObjectURL(this.#player.src);
    for (const stream of this.#streams) for (const track of stream.getTracks()) track.stop();
    this.#context.close();
  }
}

/** @param {Wanted} wanted */
async function microphone({ deviceId, processing }) {
  if (deviceId) {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { ...processing, deviceId: { exact: deviceId } } });
    } catch (error) {
      if (/** @type {DOMException} */ (error).name !== "OverconstrainedError") throw error; // else it is gone: the default
    }
  }
  return navigator.mediaDevices.getUserMedia({ audio: processing });
}

/** The sound of what the user shares; its picture is asked for because browsers share none without. */
async function screenSound() {
  if (!navigator.mediaDevices.getDisplayMedia) throw new DOMException("no sharing", "NoSharingError");
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
  if (stream.getAudioTracks().length > 0) return stream;
  for (const track of stream.getTracks()) track.stop();
  throw new DOMException("shared without sound", "NoAudioError");
}
