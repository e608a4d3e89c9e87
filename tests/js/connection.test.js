// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { listenUrl } from "../../static/connection.js";

test("the address of /listen follows the page's", () => {
  assert.equal(listenUrl("http://localhost:8000/", new URLSearchParams()).href, "ws://localhost:8000/listen");
  assert.equal(listenUrl("https://example.com/?a=b#c", new URLSearchParams()).href, "wss://example.com/listen");
  assert.equal(
    listenUrl("https://example.com/captions/", new URLSearchParams()).href,
    "wss://example.com/captions/listen",
  );
});

test("options become the query", () => {
  assert.equal(
    listenUrl("http://localhost/", new URLSearchParams({ model: "nova-3", keyterm: "a b" })).search,
    "?model=nova-3&keyterm=a+b",
  );
});
