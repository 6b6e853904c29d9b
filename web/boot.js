// Before the wasm: the reader's language and theme, and what is said when the page cannot start or breaks.
// Inlined into index.html; plain enough for browsers that know neither modules nor WebAssembly.
(function () {
  "use strict";
  var root = document.documentElement;
  function stored(key) {
    try {
      return localStorage.getItem(key);
    } catch (denied) {
      return null;
    }
  }
  root.lang = /^zh/i.test(stored("synod.language") || navigator.language || "en") ? "zh-Hans" : "en";
  var theme = stored("synod.theme");
  if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);
  // Within another page: the stage and what belongs to it alone.
  if (/[?&]embed(=|&|$)/.test(location.search)) root.className = "embed";

  var told = false;
  var started = false;

  // Shows the notice `kind` (an element's id) in place of the page.
  function tell(kind, detail) {
    if (told) return;
    told = true;
    var show = function () {
      var app = document.getElementById("app");
      var notice = document.getElementById(kind);
      if (app) app.hidden = true;
      var dialogs = document.querySelectorAll("dialog[open]");
      for (var each = 0; each < dialogs.length; each += 1) dialogs[each].close();
      var place = notice.querySelector("pre");
      if (place && detail) {
        place.textContent = detail;
        place.parentNode.hidden = false;
      }
      notice.hidden = false;
      notice.querySelector("h1").focus();
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
    else show();
  }

  function isTrap(error) {
    return error && typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
  }
  // A trap says little; where it happened says the rest.
  function trace(error) {
    return String(error.stack || error);
  }

  addEventListener("synod-started", function () {
    started = true;
  });
  addEventListener("synod-broken", function (event) {
    tell("broken", event.detail);
  });
  addEventListener("synod-failed", function (event) {
    tell("failed", event.detail);
  });
  // Until the page has started, whatever fails keeps it from starting; afterwards only its own wasm concerns it.
  addEventListener(
    "error",
    function (event) {
      var error = event.error;
      var trap = isTrap(error);
      if (/^ResizeObserver/.test(event.message || "")) return void event.preventDefault();
      if (started && !trap) return;
      event.preventDefault();
      tell(started ? "broken" : "failed", (trap && trace(error)) || event.message || (event.target && (event.target.src || event.target.href)));
    },
    true,
  );
  addEventListener("unhandledrejection", function (event) {
    var trap = isTrap(event.reason);
    if (started && !trap) return;
    event.preventDefault();
    tell(started ? "broken" : "failed", trap ? trace(event.reason) : String(event.reason));
  });
  if (typeof WebAssembly !== "object" || !("noModule" in document.createElement("script"))) tell("unsupported");

  addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-act]");
    var act = button && button.getAttribute("data-act");
    if (act === "reload") location.reload();
    else if (act === "home") location.replace(location.pathname);
    else if (act === "copy") copy(button);
    else if (act === "take-over") takeOver();
    else if (act === "later") document.getElementById("newer").hidden = true;
  });

  // Keeping the page for a visit without network; `cargo xtask dist` names the service worker. Without one the page works as well.
  var OFFLINE = "";
  var newer;
  function announce(registration) {
    if (!registration.waiting || !navigator.serviceWorker.controller) return;
    newer = registration.waiting;
    document.getElementById("newer").hidden = false;
  }
  function takeOver() {
    navigator.serviceWorker.addEventListener("controllerchange", function () {
      location.reload();
    });
    newer.postMessage("take-over");
  }
  function keep() {
    navigator.serviceWorker.register(OFFLINE).then(
      function (registration) {
        announce(registration);
        registration.addEventListener("updatefound", function () {
          var coming = registration.installing;
          coming.addEventListener("statechange", function () {
            if (coming.state === "installed") announce(registration);
          });
        });
      },
      function () {},
    );
  }
  // After all that the page needs itself.
  addEventListener("synod-whole", function () {
    if (OFFLINE && navigator.serviceWorker && root.className !== "embed") keep();
  });

  // The way from an embedded page to the whole one leads to the moment that is shown.
  function lead(event) {
    var link = event.target.closest && event.target.closest("#whole-page");
    if (link) link.href = location.href.replace(/([?&])embed(=[^&#]*)?(&|(?=#)|$)/, function (_, before, value, after) {
      return after === "&" ? before : "";
    });
  }
  ["pointerdown", "focusin", "click"].forEach(function (kind) {
    addEventListener(kind, lead, true);
  });

  function copy(button) {
    var field = document.createElement("textarea");
    field.value = location.href;
    document.body.appendChild(field);
    field.select();
    // The older way: it needs no permission and works where the newer one is missing.
    var done = document.execCommand("copy");
    document.body.removeChild(field);
    button.textContent = done ? "✓" : location.href;
  }
})();
