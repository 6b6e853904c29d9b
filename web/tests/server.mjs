// A small static server: the site under a sub-path, as a host like GitHub Pages serves it.
//
// It knows nothing of the page. What lies outside the sub-path does not exist, so that an absolute address in the page
// is an error here as it is there.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { constants, brotliCompressSync } from "node:zlib";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};
const COMPRESSED = new Set([".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm"]);

/**
 * Serve `folder` at `prefix` (it begins and ends with a slash) on a free port of this machine.
 *
 * With `brotli`, compress what a host would compress, once, when first asked. Answers with the page's `url` and `close`.
 */
export async function serve(folder, { prefix = "/some/path/", brotli = false } = {}) {
  const packed = new Map();
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (!pathname.startsWith(prefix)) return void response.writeHead(404).end();
    // Normalised as an absolute path first: nothing climbs out of the folder.
    const name = normalize(`/${decodeURIComponent(pathname.slice(prefix.length))}`);
    const file = join(folder, name.endsWith("/") ? `${name}index.html` : name);
    const kind = extname(file);
    let body;
    try {
      body = await readFile(file);
    } catch {
      return void response.writeHead(404).end();
    }
    const headers = { "content-type": TYPES[kind] ?? "application/octet-stream", "cache-control": "no-cache" };
    if (brotli && COMPRESSED.has(kind) && /\bbr\b/.test(request.headers["accept-encoding"] ?? "")) {
      if (!packed.has(file)) {
        packed.set(file, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
      }
      body = packed.get(file);
      headers["content-encoding"] = "br";
    }
    response.writeHead(200, { ...headers, "content-length": body.length });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () => {
      server.closeAllConnections?.();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
