// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { containerOf, joined, writerOf } from "../../static/container.js";
import { webm } from "./webm.js";

/** @param {number} count */
function recording(count) {
  const recorder = webm(300);
  return joined(...Array.from({ length: count }, () => recorder.block()));
}

test("units come out the same wherever the recorder cuts", () => {
  const bytes = recording(10);
  const whole = containerOf(bytes).push(bytes);
  assert.deepEqual(
    whole.map(({ time }) => time),
    [0, 0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1, 2.4, 2.7],
  );
  for (const step of [1, 2, 3, 7, 50]) {
    const container = containerOf(bytes);
    const units = [];
    for (let at = 0; at < bytes.length; at += step) units.push(...container.push(bytes.slice(at, at + step)));
    assert.deepEqual(units, whole, `steps of ${step}`);
  }
});

test("a writer that begins in the middle writes the header and times from 0", () => {
  const bytes = recording(10);
  const container = containerOf(bytes);
  const units = container.push(bytes).slice(4);
  const writer = writerOf(container.header);
  const stream = joined(...units.flatMap((unit) => writer.write(unit)));
  assert.deepEqual([...stream.slice(0, 4)], [0x1a, 0x45, 0xdf, 0xa3]);
  assert.deepEqual(webm.blockTimes([stream]), [0, 300, 600, 900, 1200, 1500]);
});

test("writing leaves the units as they are", () => {
  const bytes = recording(5);
  const container = containerOf(bytes);
  const units = container.push(bytes);
  const before = structuredClone(units);
  const writer = writerOf(container.header);
  for (const unit of units.slice(2)) writer.write(unit);
  assert.deepEqual(units, before);
});

test("a block group keeps its time", () => {
  const head = recording(1);
  const group = [0xa0, 0x8b, 0x75, 0xa2, 0x81, 9, 0xa1, 0x85, 0x81, 0, 60, 0x80, 7];
  const [, unit] = containerOf(head).push(joined(head, new Uint8Array(group)));
  assert.equal(unit?.time, 0.06);
});
