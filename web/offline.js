// The service worker: keeps one version of the page, whole, so that the second visit needs no network.
//
// `cargo xtask dist` names the files and their version here. A new version is brought beside the old one, and takes its place
// when the reader says so or when no window shows the old one any more; never under a run that is being watched.
"use strict";
const FILES = [];
const VERSION = "";
const KEPT = `synod ${registration.scope} ${VERSION}`;

addEventListener("install", (event) => {
  // Past the browser's own store: a file of an older page under the same name would be kept for good.
  const files = FILES.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(files)));
});

addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(`synod ${registration.scope} `) && name !== KEPT;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))));
});

addEventListener("message", (event) => {
  if (event.data === "take-over") skipWaiting();
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(registration.scope)) return;
  // Whatever the query says, it is the same page.
  const name = request.url.slice(registration.scope.length).split(/[?#]/)[0];
  const file = name === "" || name === "index.html" ? "./" : name;
  if (!FILES.includes(file)) return;
  event.respondWith(caches.open(KEPT).then(async (kept) => (await kept.match(file)) || fetch(request)));
});
