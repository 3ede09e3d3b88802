// The built page in a browser: a server that counts, and everything that went wrong on the page.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
/** What the page is built and tested with. */
export const require = createRequire(join(root, "web-playground/page/package.json"));
const { chromium } = require("playwright-core");

const page = process.env.PLAYGROUND ?? join(root, "target/playground/page");
const kinds = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** Serves the page below a path of a free port; `requests` maps each path to how often it was asked for. */
const serve = async (below) => {
  const requests = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    requests.set(pathname, (requests.get(pathname) ?? 0) + 1);
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const path = name.startsWith(below) && join(page, name.slice(below.length));
    const content = path ? await readFile(path).catch(() => undefined) : undefined;
    response.writeHead(content ? 200 : 404, { "content-type": kinds[extname(name)] ?? "application/octet-stream" });
    response.end(content);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  const count = () => [...requests.values()].reduce((sum, times) => sum + times, 0);
  return { url: `http://127.0.0.1:${server.address().port}${below}`, requests, count, close };
};

/** Remembers what the page's policy forbade, what it wrote as an error, and what it threw. */
const watch = async (context) => {
  const problems = [];
  await context.exposeBinding("reportViolation", (_, violation) => void problems.push(`forbidden: ${violation}`));
  await context.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", (event) =>
      window.reportViolation(`${event.effectiveDirective} ${event.blockedURI}`),
    ),
  );
  context.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
  context.on("weberror", (error) => problems.push(`thrown: ${error.error()}`));
  return problems;
};

/** As if the page had kept this content when it was left. */
const keep = (context, content) =>
  context.addInitScript((kept) => {
    if (origin === "null") return;
    if (!sessionStorage.getItem("begun")) localStorage.setItem("isoline-playground", kept);
    sessionStorage.setItem("begun", "yes");
  }, JSON.stringify(content));

let browser;
after(async () => (await browser)?.close());

/** One for all tests of a file. */
const launched = () =>
  (browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM,
    channel: process.env.CHROMIUM ? undefined : "chromium",
    // Its sandbox refuses to run as root.
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  }));

const defaults = { viewport: { width: 1280, height: 800 }, serviceWorkers: "block" };

/**
 * Opens the page for a test, which is given `{ page, context, server, problems }`. Options say where the page is served
 * (`below`), what follows `#` in its address (`hash`), what the browser has kept of it (`kept`), and more about the
 * browser's context. Everything is closed when the test ends, however it ends.
 */
export const withPage =
  (run, { below = "/", hash = "", kept, ...options } = {}) =>
  async (test) => {
    const server = await serve(below);
    test.after(() => server.close());
    const context = await (await launched()).newContext({ ...defaults, ...options });
    test.after(() => context.close());
    context.setDefaultTimeout(15_000);
    const problems = await watch(context);
    if (kept) await keep(context, kept);
    const page = await context.newPage();
    await page.goto(hash ? `${server.url}#${hash}` : server.url);
    await run({ page, context, server, problems });
  };
