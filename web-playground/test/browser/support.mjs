// The built page in a browser: a server that counts, and everything that went wrong on the page.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const { chromium } = createRequire(join(root, "web-playground/page/package.json"))("playwright-core");

const page = process.env.PLAYGROUND ?? join(root, "target/playground/page");
const kinds = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** Serves a folder on a free port; `requests` maps each path to how often it was asked for. */
export const serve = async (folder = page) => {
  const requests = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    requests.set(pathname, (requests.get(pathname) ?? 0) + 1);
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const content = await readFile(join(folder, name)).catch(() => undefined);
    response.writeHead(content ? 200 : 404, { "content-type": kinds[extname(name)] ?? "application/octet-stream" });
    response.end(content);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, requests, close };
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

/**
 * Opens the page for a test, which is given `{ page, context, server, problems }` and may add options for the browser's
 * context. Everything is closed when the test ends, however it ends.
 */
export const withPage = (run, options = {}) => async (test) => {
  const server = await serve();
  test.after(() => server.close());
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    channel: process.env.CHROMIUM ? undefined : "chromium",
    // Its sandbox refuses to run as root.
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
  test.after(() => browser.close());
  const context = await browser.newContext(options);
  const problems = await watch(context);
  const page = await context.newPage();
  await page.goto(server.url);
  await run({ page, context, server, problems });
};
