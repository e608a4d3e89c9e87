// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL, listenQuery, sharedQuery, valuesIn } from "../../static/options.js";

test("at first the page asks for interims, the best model and text as it is written", () => {
  assert.equal(
    listenQuery(INITIAL, false).toString(),
    "interim_results=true&model=nova-3&smart_format=true&punctuate=true&endpointing=500",
  );
});

test("a list has a value for each line, and nothing of the page's own is sent", () => {
  const query = listenQuery({ ...INITIAL, keyterm: " a b \n\nc", theme: "dark", ui: "de" }, false);
  assert.deepEqual(query.getAll("keyterm"), ["a b", "c"]);
  assert.deepEqual([query.has("theme"), query.has("ui")], [false, false]);
});

test("the embedded engine is asked for what it honours", () => {
  const query = listenQuery({ ...INITIAL, language: "de", diarize: "true", endpointing: "300" }, true);
  assert.equal(query.toString(), "interim_results=true&smart_format=true&punctuate=true&endpointing=300");
});

test("a link carries what differs and gives it back, also what was taken away", () => {
  const values = { ...INITIAL, model: "", smart_format: "false", redact: "pci\nssn", keys: "false" };
  const query = sharedQuery(values);
  assert.equal(query.toString(), "model=&smart_format=false&redact=pci&redact=ssn&keys=false");
  assert.deepEqual({ ...INITIAL, ...valuesIn(query) }, values);
});

test("what a link names and the table does not is left alone", () => {
  assert.deepEqual(valuesIn(new URLSearchParams("callback=x&view=captions&__proto__=1")), {});
});
