// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../../static/ledger.js";

/** @param {number} time */
const unit = (time) => ({ time, data: new Uint8Array(1), timeAt: 0 });

/** @param {number} count @param {number} [keepS] */
function ledgerOf(count, keepS) {
  const ledger = new Ledger(keepS);
  for (let number = 0; number < count; number++) ledger.add(unit(number));
  return ledger;
}

test("what finals cover is dropped, the unit under way is kept", () => {
  const ledger = ledgerOf(10);
  ledger.cover(4.5);
  assert.equal(ledger.first, 4);
  assert.equal(ledger.unit(4)?.time, 4);
  assert.equal(ledger.unit(3), undefined);
  assert.deepEqual([ledger.end, ledger.seconds], [10, 5]);
});

test("a unit that begins where the cover ends is the first kept", () => {
  const ledger = ledgerOf(10);
  ledger.cover(4);
  assert.equal(ledger.first, 4);
});

test("covering goes forward only", () => {
  const ledger = ledgerOf(10);
  ledger.cover(4);
  ledger.cover(2);
  assert.deepEqual([ledger.covered, ledger.first], [4, 4]);
});

test("covering all keeps the last unit, whose end is not known", () => {
  const ledger = ledgerOf(3);
  ledger.cover(100);
  assert.deepEqual([ledger.first, ledger.end], [2, 3]);
});

test("beyond its bound the oldest goes first", () => {
  const ledger = ledgerOf(100, 10);
  assert.deepEqual([ledger.seconds, ledger.unit(ledger.first)?.time, ledger.end], [10, 89, 100]);
});

test("an empty ledger has nothing", () => {
  const ledger = new Ledger();
  ledger.cover(1);
  assert.deepEqual([ledger.first, ledger.end, ledger.seconds, ledger.unit(0)], [0, 0, 0, undefined]);
});
