// The page's side of the presenter's window (`web/speaker.html`): opens it, tells it what to show, and hears its keys.
//
// The other half of web/src/speaker.rs. Inlined into index.html, so that it costs no request of its own; the window's file is
// asked for only when it opens.
(function () {
  "use strict";
  let channel;
  let latest;
  let began = 0;

  // A name of this tab's own: two pages may be presented at once. It outlives a reload, and so does the clock.
  function kept(key, make) {
    try {
      let value = sessionStorage.getItem(key);
      if (!value) sessionStorage.setItem(key, (value = make()));
      return value;
    } catch (denied) {
      return make();
    }
  }

  function isDark() {
    const set = document.documentElement.dataset.theme;
    return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function send() {
    if (channel && latest) channel.postMessage({ told: latest });
  }

  // Opens the window; false if the browser does not let it. `heard` hears its keys, and nothing (empty text) when it was closed.
  window.synodSpeakerOpen = function (heard) {
    const name = kept("synod.speaker", () => Math.random().toString(36).slice(2));
    if (!channel) {
      channel = new BroadcastChannel(`synod-speaker-${name}`);
      channel.addEventListener("message", ({ data }) => {
        if (data.hello) send();
        else if (data.closed) heard("");
        else if (data.key) heard(data.key);
      });
    }
    const opened = window.open(`./speaker.html#${name}`, `synod-speaker-${name}`, "popup,width=720,height=620");
    if (opened) opened.focus();
    return Boolean(opened);
  };

  // The presentation begins, and its time with it; or it is over, and the window with it.
  window.synodPresent = function (on) {
    const root = document.documentElement;
    root.classList.toggle("presenting", on);
    if (on) {
      began = Number(kept("synod.began", () => String(Date.now())));
      root.requestFullscreen?.().catch(() => {});
      return;
    }
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    try {
      sessionStorage.removeItem("synod.began");
    } catch (denied) {
      // Then nothing was kept.
    }
    channel?.postMessage({ over: true });
    channel?.close();
    channel = latest = undefined;
  };

  // A document in a tab of its own; false if the browser does not open one.
  window.synodShow = function (blob) {
    const address = URL.createObjectURL(blob);
    const opened = window.open(address, "_blank");
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    return Boolean(opened);
  };

  // What the window shows.
  window.synodSpeakerTell = function (text) {
    latest = { ...JSON.parse(text), began, theme: isDark() ? "dark" : "light" };
    send();
  };
})();
