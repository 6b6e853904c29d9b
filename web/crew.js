// Workers that run the page's own wasm: text in, text out, one job at a time each.
//
// The other half of web/src/crew.rs. It knows nothing of what a job is. Inlined into index.html, so that it costs no request
// of its own; the workers get the modules that the page has compiled, and fetch nothing but the script that goes with them.
(function () {
  "use strict";

  // What a worker does: it is sent to it as text, and refers to nothing outside.
  function worker() {
    let script;
    self.synodWhole = function () {};
    // What is told while a job goes on.
    self.synodTell = function (told) {
      self.postMessage({ told });
    };
    self.onmessage = async function ({ data }) {
      try {
        if (data.script) {
          script = await import(data.script);
          const first = script.initSync({ module: data.first });
          for (const part of data.parts) new WebAssembly.Instance(part, { first });
          self.postMessage({ ready: true });
        } else {
          self.postMessage({ answer: script.work(data.job) });
        }
      } catch (error) {
        self.postMessage({ failed: String(error) });
      }
    };
  }

  let crew = [];
  let source;

  // Starts as many workers as are asked for, at most one a core but one; `heard(worker, kind, text)` hears of each.
  window.synodCrew = async function (most, heard) {
    window.synodDismiss();
    const cores = navigator.hardwareConcurrency || 2;
    const mine = [];
    crew = mine;
    source ??= URL.createObjectURL(new Blob([`(${worker})()`], { type: "text/javascript" }));
    try {
      const modules = await window.synodModules();
      for (let place = 0; place < Math.max(1, Math.min(most, cores - 1)) && crew === mine; place++) {
        const one = new Worker(source, { type: "module" });
        one.onmessage = ({ data }) => {
          if (crew !== mine) return;
          if (data.ready) heard(place, "ready", "");
          else if (data.told) heard(place, "told", data.told);
          else if (data.failed) heard(place, "failed", data.failed);
          else heard(place, "answer", data.answer);
        };
        one.onerror = (event) => crew === mine && heard(place, "failed", event.message || "");
        mine.push(one);
        one.postMessage(modules);
      }
    } catch (error) {
      if (crew === mine) heard(0, "failed", String(error));
    }
  };

  window.synodGive = function (place, job) {
    if (crew[place]) crew[place].postMessage({ job });
  };

  // Ends them all, whatever they are doing.
  window.synodDismiss = function () {
    for (const one of crew) one.terminate();
    crew = [];
  };
})();
