// @ts-check
/** Says that the server is away when it is; all else comes from the server each time, so nothing here grows old. */

const AWAY = "static/away.html";
const STYLE = "static/style.css";
const worker = /** @type {any} */ (self); // the types are those of a page

worker.addEventListener("install", (/** @type {any} */ event) => {
  const kept = caches.open("away").then((cache) => cache.addAll([AWAY, STYLE]));
  event.waitUntil(kept.then(() => worker.skipWaiting()));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const kept = request.mode === "navigate" ? AWAY : request.url.endsWith(STYLE) && STYLE;
  if (kept) event.respondWith(fetch(request).catch(() => caches.match(kept)));
});
