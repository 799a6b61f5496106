/* Opens Meta's signup window, passes its two results on to the server, and keeps the page's news heard. */
(function () {
  "use strict";
  const settings = document.getElementById("signup").dataset;
  const live = document.getElementById("live");
  const origins = settings.origins.split(" ").filter(Boolean);
  // The code lives 30 seconds: after that a repeated request is of no use.
  const PATIENCE = [0, 1000, 3000, 6000];
  const MESSAGE_MAY_FOLLOW = 1500;
  let ready = false;
  let broken = false;
  let run = null;
  let lately = null;

  const button = () => document.getElementById("connect");

  const note = (name) => document.getElementById("note-" + name).content;

  function say(name) {
    const place = document.getElementById("signup-note");
    if (!place) return;
    place.replaceChildren(note(name).cloneNode(true));
    speak(place.textContent);
  }

  function speak(text) {
    const plain = text.trim().replace(/\s+/g, " ");
    if (plain && live.textContent !== plain) live.textContent = plain;
  }

  function mark(current) {
    run = current;
    document.body.dataset.window = current ? "open" : "";
  }

  function paint() {
    const target = button();
    if (!target) return;
    if (broken) return say("sdk");
    if (!ready) return;
    target.removeAttribute("aria-disabled");
    target.querySelector("[data-ready]").hidden = false;
    const label = target.querySelector("[data-label]");
    label.textContent = label.dataset.label;
  }

  function refresh() {
    if (window.htmx) window.htmx.trigger(document.body, "signup");
  }

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  async function post(url, fields) {
    for (const wait of PATIENCE) {
      await pause(wait);
      try {
        const response = await fetch(url, {
          method: "POST",
          body: new URLSearchParams(fields),
          headers: { "X-CSRFToken": settings.csrf },
          redirect: "error",
        });
        if (response.status < 500) return response;
      } catch {
        // The network failed: the next try may not.
      }
    }
    return null;
  }

  // A server that says no has news for the person; a server that cannot be reached has none.
  async function deliver(current, url, fields) {
    const nonce = await current.nonce;
    const response = nonce ? await post(url, { nonce: nonce, ...fields }) : null;
    if (!response) say("network");
    else if (!response.ok) await refuse(response);
    refresh();
  }

  async function refuse(response) {
    const answer = await response.json().catch(() => ({}));
    say("refused");
    const reason = document.querySelector("#signup-note [data-reason]");
    if (reason) reason.textContent = answer.message || "";
    speak(answer.message || "");
  }

  async function start() {
    const response = await post(settings.sessionUrl, {});
    if (response && !response.ok) await refuse(response);
    return response && response.ok ? (await response.json()).nonce : "";
  }

  function ended(current, response) {
    const code = response && response.authResponse && response.authResponse.code;
    lately = current;
    mark(null);
    if (button()) button().focus();
    if (code) {
      say("received");
      deliver(current, settings.codeUrl, { code: code });
    } else if (!current.told) {
      // Closed on the last screen it counts as finished, and Meta may tell the server only: the page itself
      // says so now that no window is open, and the ear is told here.
      document.getElementById("signup-note").replaceChildren();
      speak(note("checking").textContent);
      setTimeout(() => current.told || refresh(), MESSAGE_MAY_FOLLOW);
    }
  }

  function open() {
    const current = { nonce: start(), told: false };
    const before = window.open;
    let blocked = false;
    mark(current);
    // The SDK does not say that the browser refused its window; the browser does.
    window.open = function () {
      const opened = before.apply(window, arguments);
      blocked = !opened;
      return opened;
    };
    window.FB.login((response) => blocked || ended(current, response), {
      config_id: settings.config,
      response_type: "code",
      override_default_response_type: true,
      extras: JSON.parse(settings.extras),
    });
    window.open = before;
    if (blocked) mark(null);
    say(blocked ? "blocked" : "open");
  }

  function isMeta(origin) {
    if (origins.includes(origin)) return true;
    let address;
    try {
      address = new URL(origin);
    } catch {
      return false;
    }
    const host = address.hostname;
    return address.protocol === "https:" && (host === "facebook.com" || host.endsWith(".facebook.com"));
  }

  function isSignup(text) {
    try {
      return JSON.parse(text).type === "WA_EMBEDDED_SIGNUP";
    } catch {
      return false;
    }
  }

  window.addEventListener("message", (event) => {
    const current = run || lately;
    if (!current || !isMeta(event.origin) || typeof event.data !== "string" || !isSignup(event.data)) return;
    current.told = true;
    deliver(current, settings.messageUrl, { message: event.data });
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-connect]")) {
      if (ready) open();
      return;
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
  });

  async function copy(copier) {
    const field = document.getElementById(copier.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    copier.querySelector("span").textContent = live.textContent = copier.dataset.copied;
  }

  // The news of a swap: the new stage is spoken once, and the button is made ready again.
  document.body.addEventListener("htmx:afterSettle", () => {
    const journey = document.getElementById("journey");
    document.title = journey.dataset.title;
    speak(journey.dataset.announce);
    paint();
    if (run) say("open");
  });

  // The link stopped working while the page was open: the page that says why is at the same address.
  document.body.addEventListener("htmx:responseError", (event) => {
    if ([404, 410].includes(event.detail.xhr.status)) location.reload();
  });

  function load() {
    const script = document.createElement("script");
    script.src = settings.sdk;
    script.async = true;
    script.onerror = () => {
      broken = true;
      paint();
    };
    document.head.append(script);
  }

  window.fbAsyncInit = function () {
    window.FB.init({ appId: settings.app, autoLogAppEvents: true, xfbml: true, version: settings.version });
    ready = true;
    paint();
  };

  load();
})();
