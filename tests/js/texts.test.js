// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import de from "../../static/texts/de.js";
import en from "../../static/texts/en.js";
import { chooseLanguage, clock, t } from "../../static/texts.js";

/** @type {[string, string][]} */
const ENGLISH = Object.entries(en);
/** @type {Record<string, string>} */
const GERMAN = de;

test("each text has a translation with the same blanks", () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [key, text] of ENGLISH) {
    const blanks = (/** @type {string} */ words) => (words.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(blanks(GERMAN[key] ?? ""), blanks(text), key);
  }
});

test("each text that the markup names exists", () => {
  const markup = readFileSync(new URL("../../templates/index.html", import.meta.url), "utf8");
  const named = [...markup.matchAll(/data-t(?:-label)?="([\w.]+)"/g)].map(([, key]) => key);
  assert.ok(named.length >= 20);
  for (const key of named) assert.ok(String(key) in en, key);
});

test("the first language that there are words for is taken, else English", async () => {
  await chooseLanguage(["fr-FR", "de-AT", "en"]);
  assert.equal(t("behind", { seconds: 2 }), "2 s zurück");
  await chooseLanguage(["fr"]);
  assert.equal(t("behind", { seconds: 2 }), "2 s behind");
});

test("a clock shows hours only when there are some", () => {
  assert.deepEqual([clock(61.9), clock(3661)], ["1:01", "1:01:01"]);
});
