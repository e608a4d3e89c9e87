// @ts-check
/**
 * One recording after the other: from the source over recorder and session into the notebook. Owns the state that the
 * page shows; touches no DOM.
 */

import { Capture } from "./capture.js";
import { Connection } from "./connection.js";
import { probe } from "./probe.js";
import { captureProblem, connectionProblem } from "./problems.js";
import { Recorder } from "./recorder.js";
import { Session } from "./session.js";
import { t } from "./texts.js";

/** @typedef {import("./capture.js").Wanted} Wanted */
/** @typedef {import("./connection.js").End} End */
/** @typedef {import("./ledger.js").Ledger} Ledger */
/** @typedef {import("./notebook.js").Notebook} Notebook */
/** @typedef {import("./session.js").Progress} Progress */
/** @typedef {import("./transcript.js").Line} Line */
/** @typedef {"idle" | "asking" | "paused" | "error" | Progress["phase"]} State */
/**
 * @typedef {{
 *   onState: (state: State) => void,
 *   onProgress: (progress: Progress | null, lagS: number) => void,
 *   onProblem: (problem: string, mayRetry: boolean) => void,
 *   onInterim: (lines: Line[]) => void,
 *   onFinal: (lines: Line[]) => void,
 *   onLevel: (dB: number) => void,
 * }} Handlers `onProgress`: null when nothing is under way; `lagS`: recorded when the last interim came and not
 *   heard in it; `onFinal`: kept already
 */

/** Another try would be refused like this one: the request is wrong or not allowed. */
const REFUSED = [400, 401, 403];

export class Recording {
  /** @type {State} */ state = "idle";
  muted = false;
  #notebook;
  #handlers;
  #replayRate;
  /** @type {() => URL} */ #url;
  /** @type {Capture | null} */ #capture = null;
  /** @type {Recorder | null} */ #recorder = null;
  /** @type {Session | null} */ #session = null;
  /** Of before a reload, whose audio is not all transcribed. @type {Ledger | null} */ #unfinished = null;
  /** Counts the starts, so that a late answer to a cancelled one is known. */ #attempt = 0;
  #paused = false;
  #recordedS = 0;
  #lagS = 0;
  /** What keeps the session from the server; it goes when the link is back. */ #linkProblem = "";

  /**
   * @param {Notebook} notebook @param {() => URL} url of the next connection
   * @param {number} replayRate how much faster than real time the transcriber takes what it missed @param {Handlers} handlers
   */
  constructor(notebook, url, replayRate, handlers) {
    this.#notebook = notebook;
    this.#url = url;
    this.#replayRate = replayRate;
    this.#handlers = handlers;
  }

  /** Whether sound is taken in, or about to be. */
  get running() {
    return !["idle", "error", "finishing"].includes(this.state);
  }

  /** @param {Wanted} wanted */
  async start(wanted) {
    const mine = ++this.#attempt;
    this.#session?.abandon();
    this.#session = this.#unfinished = null;
    this.#paused = this.muted = false;
    this.#linkProblem = "";
    this.#handlers.onProblem("", false);
    this.#enter("asking");
    const ended = () => mine === this.#attempt && this.stop(wanted.kind === "microphone" ? t("problem.lost") : "");
    try {
      const capture = await Capture.open(wanted, { onEnd: ended });
      if (mine !== this.#attempt) return capture.close();
      this.#capture = capture;
      this.#recorder = new Recorder(capture.stream, {
        onChunk: (chunk) => {
          if (mine !== this.#attempt) return;
          this.#session?.add(chunk);
          this.#handlers.onLevel(capture.level);
        },
        onLost: ended,
      });
    } catch (error) {
      if (mine === this.#attempt) this.#fail(captureProblem(error, wanted.kind));
      return;
    }
    this.#session = this.#newSession(this.#notebook.beginRecording());
  }

  /** Takes up what a reload or a crash left of a recording, when asked to. @param {Ledger} ledger */
  offer(ledger) {
    this.#unfinished = ledger;
    this.#showLinkProblem(t("problem.cutOff"));
  }

  retry() {
    if (!this.#unfinished) return this.#session?.retry();
    this.#notebook.resumeRecording();
    this.#session = this.#newSession(this.#unfinished);
    this.#unfinished = null;
    this.#session.finish();
  }

  /** What could be retried is left to the store. */
  forget() {
    this.#session?.abandon();
    this.#session = this.#unfinished = null;
    this.#showLinkProblem("");
    this.#enter("idle");
  }

  /** Stops recording and waits for the last words. @param {string} [problem] why, if the user did not ask for it */
  async stop(problem) {
    if (problem) this.#handlers.onProblem(problem, false);
    await this.#release();
    this.#session?.finish();
  }

  async cancel() {
    this.#attempt++;
    this.#session?.abandon();
    this.#session = null;
    await this.#release();
    this.#notebook.cancelRecording();
    this.#handlers.onProgress(null, 0);
    this.#enter("idle");
  }

  /** Cuts what follows out of the recording; the connection stays, and nothing is billed. */
  async pause() {
    this.#paused = true;
    this.#enter("paused");
    this.#capture?.pause();
    await this.#recorder?.pause();
    if (this.#paused) this.#session?.pause();
  }

  async resume() {
    this.#paused = false;
    this.#notebook.transcript.endTurn();
    await this.#capture?.resume();
    this.#recorder?.resume();
    this.#session?.resume();
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    this.#capture?.mute(muted);
  }

  /** @param {Ledger} [ledger] */
  #newSession(ledger) {
    this.#recordedS = this.#lagS = 0;
    return new Session(this.#world(), this.#sessionHandlers(), { replayRate: this.#replayRate, ledger });
  }

  /** @returns {import("./session.js").World} */
  #world() {
    return {
      connect: (handlers) => new Connection(this.#url(), handlers),
      reachable: async () => (await probe(this.#url())) !== null,
      now: () => performance.now() / 1000,
      later: (run, seconds) => {
        const timer = setTimeout(run, seconds * 1000);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    };
  }

  /** @returns {import("./session.js").Handlers} */
  #sessionHandlers() {
    return {
      onProgress: (progress) => {
        this.#enter(this.#paused && progress.phase !== "finishing" ? "paused" : progress.phase);
        this.#recordedS = progress.recordedS;
        this.#handlers.onProgress(progress, this.#lagS);
        if (progress.phase !== "reconnecting") this.#showLinkProblem("");
      },
      onResults: (results, offset, covered) => {
        const lines = this.#notebook.transcript.take(results, offset, covered);
        if (results.is_final) {
          this.#keep(lines);
          return;
        }
        this.#lagS = Math.max(0, this.#recordedS - offset - results.start - results.duration);
        if (lines.length > 0) this.#handlers.onInterim(lines);
      },
      onGap: (from, seconds) => this.#keep([this.#notebook.transcript.takeGap(from, seconds)]),
      onLost: async (end) => {
        const answer = await probe(this.#url());
        if (this.state !== "reconnecting") return;
        if (!end.error && answer && REFUSED.includes(answer.status) && answer.message) this.#ended(end);
        else this.#showLinkProblem(connectionProblem(end, answer));
      },
      onEnd: (end) => this.#ended(end),
    };
  }

  /** @param {Line[]} lines */
  #keep(lines) {
    this.#notebook.keep(lines);
    this.#handlers.onFinal(lines);
  }

  /** @param {End | null} end why the session was given up, if it was */
  async #ended(end) {
    await this.#release();
    this.#handlers.onProgress(null, 0);
    if (!end) {
      this.#session = null;
      this.#enter("idle");
      return;
    }
    this.#session?.abandon();
    this.#session?.finish(); // the recording is; retry goes on from here
    this.#enter("error");
    this.#showLinkProblem(`${connectionProblem(end, await probe(this.#url()))} ${t("problem.kept")}`);
  }

  /** @param {string} problem */
  #fail(problem) {
    this.#release();
    this.#enter("error");
    this.#handlers.onProblem(problem, false);
  }

  /** @param {State} next */
  #enter(next) {
    if (next === this.state) return;
    this.state = next;
    this.#handlers.onState(next);
  }

  /** @param {string} problem empty for none */
  #showLinkProblem(problem) {
    if (problem !== this.#linkProblem) this.#handlers.onProblem(problem, problem !== "");
    this.#linkProblem = problem;
  }

  async #release() {
    const [recorder, capture] = [this.#recorder, this.#capture];
    this.#recorder = this.#capture = null;
    this.#paused = false;
    await recorder?.close();
    capture?.close();
  }
}
