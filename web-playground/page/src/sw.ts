// Typed here, since the page's own types have another `self`.
const worker = self as unknown as ServiceWorkerGlobalScope;

/** Written in when the page is built. */
declare const __FILES__: readonly string[];
declare const __VERSION__: string;

const prefix = "isoline-playground-";
const cacheName = prefix + __VERSION__;
const page = "index.html";
/** Servers that vary by origin send the same file all the same. */
const anyway = { ignoreVary: true };

const install = async (): Promise<void> => {
  const cache = await caches.open(cacheName);
  await cache.addAll(__FILES__.map((file) => new Request(file, { cache: "no-cache" })));
  await worker.skipWaiting();
};

/** The version before stays for pages that are still open. */
const activate = async (): Promise<void> => {
  const before = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(before.slice(0, -1).map((name) => caches.delete(name)));
  await worker.clients.claim();
};

const answer = async (request: Request): Promise<Response> => {
  const wanted = request.mode === "navigate" ? new Request(new URL(page, worker.registration.scope)) : request;
  const current = await caches.open(cacheName);
  return (await current.match(wanted, anyway)) ?? (await caches.match(wanted, anyway)) ?? fetch(request);
};

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(worker.registration.scope)) event.respondWith(answer(request));
});

export {};
