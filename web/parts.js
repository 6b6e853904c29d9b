// The page's wasm in parts: what the opening runs comes first, the rest while the cluster already moves.
//
// `cargo xtask dist` divides the module and names its parts here; a module that is whole names none. Which part holds what is
// its business: this file brings them, in time. Before the start come the words of the reader's language; everything when the
// address holds a run; after the start the rest, and at once when something needs it sooner. The start itself waits until the
// browser has painted the page's first words, which it would otherwise keep back.
(function () {
  "use strict";
  const PARTS = {};
  const missing = new Map(Object.entries(PARTS));
  const coming = new Map();
  let first;
  let whole;

  // Instantiating a part is all: it puts itself into the first one's memory and tables.
  function bring(name) {
    if (!coming.has(name)) {
      const file = fetch(PARTS[name]).then((response) => {
        if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
        return response.arrayBuffer();
      });
      coming.set(name, file.then((bytes) => WebAssembly.compile(bytes)));
      coming.get(name).catch(() => coming.delete(name));
    }
    return coming.get(name);
  }

  async function join(name) {
    const part = await bring(name);
    if (!missing.has(name)) return;
    await WebAssembly.instantiate(part, { first });
    missing.delete(name);
  }

  // What the wasm calls when it needs what may not be here yet: only waiting will do then.
  window.synodWhole = function () {
    for (const [name, file] of missing) {
      const request = new XMLHttpRequest();
      request.open("GET", file, false);
      request.overrideMimeType("text/plain; charset=x-user-defined");
      try {
        request.send();
      } catch (offline) {
        // Said below.
      }
      if (request.status !== 200) {
        dispatchEvent(new CustomEvent("synod-failed", { detail: `${file}: ${request.status}` }));
        throw new Error(`${file} did not arrive`);
      }
      const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
      new WebAssembly.Instance(new WebAssembly.Module(bytes), { first });
      missing.delete(name);
    }
  };
  // Whether anything is on its way just now: then it is worth waiting for, without standing in its way.
  window.synodComes = function () {
    return [...missing.keys()].some((name) => coming.has(name));
  };
  if (typeof WebAssembly !== "object") return;

  // What a worker needs to run the same code: the modules, compiled once for all, and the script that goes with them.
  window.synodModules = async function () {
    const parts = await Promise.all(Object.keys(PARTS).map(bring));
    const script = document.querySelector("link[rel=modulepreload]").href;
    return { script, first: whole, parts };
  };

  // A page that is not seen has no frames: then nothing is waited for.
  const painted = new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });

  const all = location.hash.length > 1 || location.search.length > 1;
  const language = document.documentElement.lang.slice(0, 2);
  const early = [...missing.keys()].filter((name) => all || name === language);
  for (const name of early) bring(name);

  // The first part is instantiated by what wasm-bindgen wrote, which starts it at once: between the two come the early ones.
  for (const how of ["instantiateStreaming", "instantiate"]) {
    const original = WebAssembly[how];
    WebAssembly[how] = async function (...all) {
      const result = await original.apply(WebAssembly, all);
      const instance = result.instance || result;
      if (instance.exports && instance.exports.__wbindgen_start) {
        first = instance.exports;
        whole = result.module || all[0];
        await Promise.all([painted, ...early.map(join)]);
      }
      return result;
    };
  }
  addEventListener("synod-started", () => {
    const idle = window.requestIdleCallback || ((then) => setTimeout(then, 200));
    // Whatever fails here is brought when it is needed, and then it is said.
    const rest = () => Promise.allSettled([...missing.keys()].map(join));
    idle(() => rest().then(() => dispatchEvent(new Event("synod-whole"))), { timeout: 1000 });
  });
})();
