// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../../static/ledger.js";
import { GIVE_UP_S, Session } from "../../static/session.js";
import { webm } from "./webm.js";

/**
 * @typedef {import("../../static/connection.js").End} End
 * @typedef {import("../../static/connection.js").Handlers} ConnectionHandlers
 * @typedef {{ handlers: ConnectionHandlers, sent: Uint8Array[], finalized: number, closeSent: boolean,
 *   abandoned: boolean }} FakeLink
 */

const BLOCK_MS = 100;

/** A session in a world whose clock stands still until told. @param {{ replayRate?: number, keepS?: number }} [options] */
function made({ replayRate = Number.POSITIVE_INFINITY, keepS = 600 } = {}) {
  let now = 0;
  let timers = /** @type {{ at: number, run: () => void }[]} */ ([]);
  const links = /** @type {FakeLink[]} */ ([]);
  const told = /** @type {any[]} */ ([]);
  const progress = /** @type {import("../../static/session.js").Progress[]} */ ([]);
  const world = {
    reachable: async () => made.reachable,
    now: () => now,
    random: () => 1,
    connect: (/** @type {ConnectionHandlers} */ handlers) => {
      const link = {
        handlers,
        sent: /** @type {Uint8Array[]} */ ([]),
        finalized: 0,
        closeSent: false,
        abandoned: false,
      };
      links.push(link);
      return {
        send: (/** @type {Uint8Array} */ bytes) => link.sent.push(bytes),
        finalize: () => {
          link.finalized++;
        },
        closeStream: () => {
          link.closeSent = true;
        },
        abandon: () => {
          link.abandoned = true;
        },
      };
    },
    later: (/** @type {() => void} */ run, /** @type {number} */ seconds) => {
      const timer = { at: now + seconds, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  const handlers = {
    onProgress: (/** @type {any} */ latest) => progress.push(latest),
    onResults: (/** @type {any} */ results, /** @type {number} */ offset, /** @type {number} */ covered) =>
      told.push(["results", results.start, offset, covered, results.is_final]),
    onGap: (/** @type {number} */ start, /** @type {number} */ seconds) => told.push(["gap", start, seconds]),
    onLost: () => told.push(["lost"]),
    onEnd: (/** @type {End | null} */ end) => told.push(["end", end]),
  };
  const session = new Session(world, handlers, { replayRate, ledger: new Ledger(keepS) });
  const recorder = webm(BLOCK_MS);
  return {
    session,
    links,
    told,
    phase: () => progress.at(-1)?.phase,
    progress: () => progress.at(-1),
    link: () => /** @type {FakeLink} */ (links.at(-1)),
    /** Records for some seconds: the clock goes with it. @param {number} seconds */
    record(seconds) {
      for (let block = 0; block < Math.round((seconds * 1000) / BLOCK_MS); block++) {
        now += BLOCK_MS / 1000;
        run();
        session.add(recorder.block());
      }
    },
    /** @param {number} seconds */
    pass(seconds) {
      const until = now + seconds;
      for (;;) {
        const next = timers.map((timer) => timer.at).sort((a, b) => a - b)[0] ?? Number.POSITIVE_INFINITY;
        if (next > until) break;
        now = next;
        run();
      }
      now = until;
    },
    /** @param {number} start @param {number} duration @param {{ is_final?: boolean, from_finalize?: boolean }} [how] */
    hear(start, duration, { is_final = true, from_finalize = false } = {}) {
      const channel = { alternatives: [] };
      this.link().handlers.onMessage();
      this.link().handlers.onResults({ type: "Results", start, duration, is_final, from_finalize, channel });
    },
    /** @param {number} code @param {string} [variant] */
    fail(code, variant) {
      this.link().handlers.onEnd({ code, error: variant ? { type: "Error", variant } : null });
    },
  };

  function run() {
    for (const timer of timers.filter((timer) => timer.at <= now)) {
      timers = timers.filter((other) => other !== timer);
      timer.run();
    }
  }
}
made.reachable = true;

/** The times of the blocks that a link was sent, in milliseconds of its own stream. @param {FakeLink} link */
const blockTimes = (link) => webm.blockTimes(link.sent);

test("what is recorded before the connection opens is sent first", () => {
  const its = made();
  its.record(1);
  assert.equal(its.phase(), "connecting");
  its.link().handlers.onOpen();
  assert.deepEqual(blockTimes(its.link()), [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  its.record(0.2);
  assert.deepEqual(blockTimes(its.link()).slice(-2), [1000, 1100]);
  assert.equal(its.phase(), "live");
});

test("a new connection gets what finals do not cover, with times from 0, and results are shifted", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(3);
  its.hear(0, 2);
  its.fail(1011, "UPSTREAM_LOST");
  assert.equal(its.phase(), "reconnecting");
  its.pass(1);
  its.link().handlers.onOpen();
  assert.deepEqual(blockTimes(its.link()), [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  its.hear(0, 1);
  assert.deepEqual(its.told.at(-1), ["results", 0, 2, 2, true]);
});

test("interims cover nothing", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(1);
  its.hear(0, 1, { is_final: false });
  its.fail(1006);
  its.pass(1);
  its.link().handlers.onOpen();
  assert.equal(blockTimes(its.link()).length, 10);
});

test("what was missed is sent at the rate that the transcriber takes, then all is live", () => {
  const its = made({ replayRate: 1.25 });
  its.record(4.5);
  its.link().handlers.onOpen();
  assert.equal(blockTimes(its.link()).at(-1), 1000);
  assert.equal(its.phase(), "catching up");
  its.record(2);
  assert.ok(Math.abs(Number(blockTimes(its.link()).at(-1)) - 3500) <= BLOCK_MS);
  its.record(20);
  assert.equal(its.phase(), "live");
  assert.equal(blockTimes(its.link()).length, 265);
});

test("finish sends the rest, asks for the last words and ends with 1000", () => {
  const its = made({ replayRate: 1.25 });
  its.record(3);
  its.link().handlers.onOpen();
  its.session.finish();
  assert.equal(its.link().closeSent, false);
  its.pass(3);
  assert.equal(its.link().closeSent, true);
  assert.equal(blockTimes(its.link()).length, 30);
  its.fail(1000);
  assert.deepEqual(its.told.at(-1), ["end", null]);
});

test("a connection that breaks before the last words is followed by another that asks again", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(1);
  its.session.finish();
  its.fail(1011, "UPSTREAM_LOST");
  its.pass(1);
  its.link().handlers.onOpen();
  assert.equal(its.links.length, 2);
  assert.equal(its.link().closeSent, true);
  assert.equal(blockTimes(its.link()).length, 10);
});

test("last words that do not come are asked for again", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(1);
  its.session.finish();
  its.pass(12);
  assert.equal(its.links[0]?.abandoned, true);
  assert.equal(its.links.length, 2);
});

test("words that a stopping server flushed are shown as interim, and their audio is sent again", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(2);
  its.hear(0, 1);
  its.hear(1, 0.5, { from_finalize: true });
  its.hear(1.5, 0);
  const shown = its.told.filter(([kind]) => kind === "results").map(([, , , , isFinal]) => isFinal);
  assert.deepEqual(shown, [true, false, false]);
  its.fail(1012);
  its.pass(1);
  its.link().handlers.onOpen();
  assert.equal(blockTimes(its.link()).length, 10);
});

test("an unasked 1000 is a failure like others", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.fail(1000);
  assert.equal(its.phase(), "reconnecting");
});

for (const [code, variant] of /** @type {[number, string][]} */ ([
  [1011, "INVALID_AUTH"],
  [1011, "ASR_PAYMENT_REQUIRED"],
  [1011, "INSUFFICIENT_PERMISSIONS"],
  [1008, "DATA-0000"],
  [1008, "BAD_REQUEST"],
])) {
  test(`${code} ${variant} is not tried again`, () => {
    const its = made();
    its.link().handlers.onOpen();
    its.fail(code, variant);
    its.pass(100);
    assert.equal(its.links.length, 1);
    assert.equal(its.told.at(-1)[0], "end");
  });
}

test("1008 without a word, a ping lost to a jumping clock, is tried again", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.fail(1008);
  its.pass(1);
  assert.equal(its.links.length, 2);
});

test("waits grow with each try in vain, less after a lost link than for a busy server", () => {
  for (const [variant, waits] of /** @type {const} */ ([
    ["UPSTREAM_LOST", [0.25, 0.5, 1, 1.5, 1.5]],
    ["UPSTREAM_ERROR", [0.25, 0.5, 1, 2, 4]],
  ])) {
    const its = made();
    for (const wait of waits) {
      its.fail(1011, variant);
      its.pass(wait - 0.01);
      const before = its.links.length;
      its.pass(0.02);
      assert.equal(its.links.length, before + 1, `${variant} after ${wait} s`);
    }
  }
});

test("a connection that only opens does not shorten the waits, one that brings results does", () => {
  const its = made();
  for (let number = 0; number < 4; number++) {
    its.link().handlers.onOpen();
    its.fail(1006);
    its.pass(2);
  }
  its.fail(1006);
  its.pass(1);
  assert.equal(its.links.length, 5);
  its.pass(1);
  its.link().handlers.onOpen();
  its.hear(0, 1);
  its.fail(1006);
  its.pass(0.3);
  assert.equal(its.links.length, 7);
});

test("after a minute in vain it is given up, and retry goes on with what is kept", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(2);
  its.fail(1006);
  let seconds = 0;
  for (; its.told.at(-1)?.[0] !== "end"; seconds++) its.pass(1);
  assert.ok(seconds >= GIVE_UP_S && seconds <= GIVE_UP_S + 10, `${seconds} s`);
  const before = its.links.length;
  its.session.retry();
  assert.equal(its.links.length, before + 1);
  its.link().handlers.onOpen();
  assert.equal(blockTimes(its.link()).length, 20);
});

test("a connection that does not open in time is given up", () => {
  const its = made();
  its.pass(6);
  assert.equal(its.links[0]?.abandoned, true);
  assert.equal(its.links.length, 2);
});

test("an outage longer than the ledger is one gap of the right length", () => {
  const its = made({ keepS: 5 });
  its.link().handlers.onOpen();
  its.record(2);
  its.hear(0, 2);
  its.fail(1006);
  its.record(20);
  its.link().handlers.onOpen();
  its.record(0.1);
  its.fail(1006);
  its.pass(2);
  its.link().handlers.onOpen();
  its.record(0.1);
  its.hear(0, 1);
  const [gap] = its.told.filter(([kind]) => kind === "gap");
  assert.equal(gap[1], 2);
  assert.ok(Math.abs(gap[2] - 15) < 0.2, `${gap[2]}`);
  assert.equal(its.told.filter(([kind]) => kind === "gap").length, 1);
});

test("a quiet link is looked at and given up only if the server does not answer", async () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(4);
  await Promise.resolve();
  assert.equal(its.links.length, 1);
  made.reachable = false;
  its.record(4);
  await new Promise(setImmediate);
  made.reachable = true;
  assert.equal(its.links[0]?.abandoned, true);
  assert.equal(its.phase(), "reconnecting");
});

test("while it reconnects it says how much is kept and when it tries next", () => {
  const its = made();
  its.record(3);
  its.fail(1006);
  const progress = its.progress();
  assert.ok(progress && Math.abs(progress.keptS - 2.9) < 0.01);
  assert.equal(progress?.retryInS, 0.25);
});

test("a pause finalizes what was sent, once, and keeps the connection", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(1);
  its.session.pause();
  its.pass(60);
  assert.deepEqual([its.link().finalized, its.links.length, its.phase()], [1, 1, "live"]);
  its.session.resume();
  its.record(0.2);
  assert.equal(blockTimes(its.link()).at(-1), 1100);
});

test("a connection that ends in a pause is opened again when it goes on, if all is transcribed", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(1);
  its.session.pause();
  its.hear(0, 1);
  its.fail(1011, "UPSTREAM_LOST");
  its.pass(1000);
  assert.deepEqual([its.links.length, its.phase()], [1, "live"]);
  its.session.resume();
  assert.equal(its.links.length, 2);
});

test("a connection that ends in a pause before all is transcribed is followed by another that finalizes", () => {
  const its = made({ replayRate: 1.25 });
  its.link().handlers.onOpen();
  its.record(5);
  its.session.pause();
  its.fail(1011, "UPSTREAM_LOST");
  its.pass(1);
  its.link().handlers.onOpen();
  assert.equal(its.link().finalized, 0);
  its.pass(5);
  assert.deepEqual([its.link().finalized, blockTimes(its.link()).length], [1, 50]);
});

test("stop in a pause without a connection asks for the last words on a new one", () => {
  const its = made();
  its.link().handlers.onOpen();
  its.record(1);
  its.session.pause();
  its.hear(0, 1);
  its.fail(1006);
  its.session.finish();
  its.link().handlers.onOpen();
  assert.equal(its.link().closeSent, true);
});
