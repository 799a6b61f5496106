/* Draws the console from the control surface, every two seconds; no part of it can do more than /_sim/ can. */
(function () {
  "use strict";
  const words = JSON.parse(document.getElementById("words").textContent);
  const $ = (id) => document.getElementById(id);
  const kinds = [
    "error", "rate_limit", "delay", "cut_before", "cut_after", "act_late", "http_500_after", "drip", "truncated", "wrong_json",
    "outage", "webhook_lost", "webhook_doubled", "webhook_delayed", "webhook_reordered", "webhook_batched",
  ];

  async function ask(method, path, body) {
    const response = await fetch(path, { method: method, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.problem || response.statusText);
    return answer;
  }

  function element(name, content, className) {
    const made = document.createElement(name);
    if (className) made.className = className;
    for (const part of [].concat(content === undefined || content === null ? [] : content)) made.append(part);
    return made;
  }

  function button(label, action) {
    const made = element("button", label);
    made.type = "button";
    made.addEventListener("click", async () => {
      await action();
      await draw();
    });
    return made;
  }

  // Redrawing only what changed keeps the focus, the scroll position and open details where they are.
  const drawn = {};
  function table(id, heads, rows, source) {
    const key = JSON.stringify(source);
    if (drawn[id] === key) return;
    drawn[id] = key;
    if (!rows.length) return $(id).replaceChildren(element("p", words.empty, "dim"));
    const head = element("thead", element("tr", heads.map((text) => element("th", text))));
    const body = element("tbody", rows.map((row) => element("tr", row.map((cell) => element("td", cell)))));
    $(id).replaceChildren(element("table", [head, body]));
  }

  const time = (seconds) => new Date(seconds * 1000).toLocaleString(document.documentElement.lang);
  const moment = (text) => (text ? time(Date.parse(text.replace("+0000", "Z")) / 1000) : "");
  const code = (text) => element("code", text);
  const change = (number, body) => ask("POST", "/_sim/number", { phone_number_id: number.id, ...body });

  function drawNumbers(state) {
    const wabas = Object.fromEntries(state.wabas.map((one) => [one.id, one]));
    const names = Object.fromEntries(state.businesses.map((one) => [one.id, one.name]));
    const good = (text, wanted) => element("span", text, text === wanted ? "good" : text === "EXPIRED" ? "bad" : "");
    const rows = state.phone_numbers.map((one) => [
      [one.display_phone_number, element("br"), code(one.id)],
      [one.verified_name, element("br"), element("span", one.name_status, "dim")],
      names[wabas[one.waba_id].owner_business_id],
      good(one.code_verification_status, "VERIFIED"),
      [good(one.platform_type, "CLOUD_API"), " ", element("span", one.status, "dim")],
      moment(one.window_ends_at),
      String(one.register_calls),
      [
        button(words.approve_name, () => change(one, { name_decision: "APPROVED" })),
        button(words.reject_name, () => change(one, { name_decision: "REJECTED", rejection_reason: "NAME_FORMAT_UNACCEPTABLE" })),
        one.is_pin_enabled ? button(words.two_step_off, () => change(one, { pin: null })) : "",
      ],
    ]);
    const heads = [words.number, words.name, words.customer, words.verification, words.platform, words.window, words.registrations, words.actions];
    table("numbers", heads, rows, state.phone_numbers);
    const select = $("chat").elements.number;
    const chosen = select.value;
    if (select.length !== state.phone_numbers.length) {
      select.replaceChildren(...state.phone_numbers.map((one) => new Option(one.display_phone_number + " · " + one.verified_name, one.id)));
      if (chosen) select.value = chosen;
    }
  }

  function drawWabas(state) {
    const names = Object.fromEntries(state.businesses.map((one) => [one.id, one.name]));
    const decide = (one, body) => () => ask("POST", "/_sim/waba", { waba_id: one.id, ...body });
    const rows = state.wabas.map((one) => [
      [one.name, element("br"), code(one.id)],
      names[one.owner_business_id],
      one.account_review_status,
      [
        button(words.approve, decide(one, { review: "APPROVED" })),
        button(words.reject, decide(one, { review: "REJECTED" })),
        ...one.partner_business_ids.map((id) => button(words.unshare + " " + names[id], decide(one, { unshare_from: id }))),
        button(words.revoke, () => ask("POST", "/_sim/tokens/revoke", { business_id: one.owner_business_id })),
      ],
    ]);
    table("wabas", [words.name, words.customer, words.review, words.actions], rows, state.wabas);
  }

  function drawTemplates(state) {
    const decide = (one, body) => () => ask("POST", "/_sim/template", { template_id: one.id, ...body });
    const rows = state.templates.map((one) => [
      [one.name, " ", element("span", one.language + " · " + one.category, "dim"), element("br"), code(one.id)],
      one.status + " · " + one.quality,
      [
        button(words.approve, decide(one, { status: "APPROVED" })),
        button(words.reject, decide(one, { status: "REJECTED", reason: "PROMOTIONAL" })),
        button(words.low_quality, decide(one, { quality: "RED" })),
      ],
    ]);
    table("templates", [words.name, words.review, words.actions], rows, state.templates);
  }

  function drawPartners(state) {
    const rows = state.apps.map((app) => {
      const business = state.businesses.find((one) => one.id === app.business_id);
      const terms = business.terms_accepted;
      return [
        [business.name, element("br"), code(business.id)],
        [app.name, element("br"), code(app.id)],
        [
          element("span", terms ? words.accepted : words.not_accepted, terms ? "good" : "bad"), " ",
          button(terms ? words.withdraw : words.accept, () => ask("POST", "/_sim/terms", { business_id: business.id, accepted: !terms })),
        ],
        app.callback_url ? code(app.callback_url) : words.none,
      ];
    });
    table("partners", [words.name, "App", words.terms, words.callback], rows, [state.apps, state.businesses]);
    const select = $("fire").elements.app;
    if (select.length !== state.apps.length) select.replaceChildren(...state.apps.map((app) => new Option(app.name, app.id)));
  }

  function drawChat(chats) {
    const form = $("chat").elements;
    const digits = form.from.value.replace(/\D/g, "");
    const chat = chats.find((one) => one.phone_number_id === form.number.value && one.wa_id === digits);
    const key = JSON.stringify(chat || null);
    if (drawn.chat === key) return;
    drawn.chat = key;
    const ticks = { accepted: "🕓", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "⚠" };
    const lines = (chat ? chat.lines : []).map((line) =>
      element("p", [line.text || "[" + line.type + "]", element("small", line.incoming ? ticks[line.status] || "" : line.status)], line.incoming ? "mine" : ""),
    );
    $("lines").replaceChildren(...(lines.length ? lines : [element("p", words.no_chat, "dim")]));
    $("lines").scrollTop = $("lines").scrollHeight;
  }

  function drawCalls(log) {
    const rows = log.calls.slice(-60).reverse().map((call) => [
      time(call.at),
      code(call.method + " " + call.path),
      element("span", [String(call.status || "—"), call.code ? " · " + call.code + (call.subcode ? "/" + call.subcode : "") : ""], call.status === 200 ? "good" : "bad"),
      element("span", call.as || "", "dim"),
      call.fault ? words[call.fault] : "",
    ]);
    table("calls", [words.when, words.call, words.answer, words.who, words.fault], rows, log.calls.slice(-60));
    $("paths").replaceChildren(...Object.keys(log.counters).map((path) => new Option(path)));
  }

  function drawWebhooks(log) {
    const rows = log.attempts.slice(-40).reverse().map((one) => [
      time(one.at),
      element("details", [element("summary", one.fields.join(", ") + (one.updates > 1 ? " ×" + one.updates : "")), element("pre", one.body)]),
      code(one.url),
      element("span", one.error || String(one.status), one.status === 200 ? "good" : "bad"),
      String(one.attempt),
    ]);
    table("webhooks", [words.when, words.field, words.to, words.answer, words.attempt], rows, log.attempts.slice(-40));
    $("waiting").textContent = words.waiting.replace("{n}", log.waiting + log.retrying.length);
  }

  function drawRules(rules) {
    const rows = rules.map((rule) => [
      words[rule.kind],
      code((rule.method + " " + rule.path + rule.field).trim() + (rule.kind === "error" ? " " + rule.code : "")),
      rule.hits + (rule.times ? "/" + rule.times : "") + " " + words.hits,
      button(words.remove, () => ask("DELETE", "/_sim/faults?rule=" + rule.id_of_rule)),
    ]);
    table("rules", ["", "", "", ""], rows, rules);
    if (!rules.length) $("rules").replaceChildren();
  }

  async function draw() {
    const [clock, state, log, webhooks, chats, sms, faults] = await Promise.all(
      ["clock", "state?limit=200", "log?limit=60", "webhooks?limit=40", "chats", "sms", "faults"].map((name) => ask("GET", "/_sim/" + name)),
    );
    $("now").textContent = time(clock.now);
    drawPartners(state);
    drawNumbers(state);
    drawWabas(state);
    drawTemplates(state);
    drawChat(chats.data);
    drawCalls(log);
    drawWebhooks(webhooks);
    drawRules(faults.rules);
    table("sms", [words.when, words.to, ""], sms.data.map((one) => [time(one.at), one.to, element("b", one.text)]), sms.data);
  }

  async function travel(body) {
    const moved = await ask("POST", "/_sim/clock", body);
    $("follower").textContent = moved.follower_moved === null ? "" : moved.follower_moved ? words.follower_yes : words.follower_no;
    await draw();
  }

  function submit(id, problem, action) {
    $(id).addEventListener("submit", async (event) => {
      event.preventDefault();
      $(problem).textContent = "";
      try {
        await action($(id).elements);
        await draw();
      } catch (error) {
        $(problem).textContent = error.message;
      }
    });
  }

  document.querySelectorAll("[data-advance]").forEach((one) =>
    one.addEventListener("click", () => travel({ advance_seconds: Number(one.dataset.advance) })),
  );
  $("real").addEventListener("click", () => travel({ offset_seconds: 0 }));
  $("reset").addEventListener("click", async () => {
    if (confirm(words.reset_sure)) await ask("POST", "/_sim/reset", { seed: 1 }).then(draw);
  });
  $("language").href = "?locale=" + (document.documentElement.lang === "it" ? "en" : "it");
  submit("chat", "chat-problem", async (form) => {
    const body = { from: form.from.value, name: form.name.value, text: form.text.value };
    await ask("POST", "/_sim/messages", { ...body, phone_number_id: form.number.value });
    form.text.value = "";
  });
  $("read").addEventListener("click", async () => {
    const form = $("chat").elements;
    await ask("POST", "/_sim/read", { phone_number_id: form.number.value, wa_id: form.from.value.replace(/\D/g, "") }).then(draw);
  });
  submit("fire", "fire-problem", (form) =>
    ask("POST", "/_sim/webhooks/fire", { app_id: form.app.value, body: JSON.parse(form.body.value) }),
  );
  kinds.forEach((kind) => $("faults").elements.kind.add(new Option(words[kind], kind)));
  submit("faults", "fault-problem", (form) => {
    const [method, path] = form.path.value.includes(" ") ? form.path.value.trim().split(/\s+/) : ["", form.path.value.trim()];
    const numbers = { code: Number(form.code.value) || 131000, seconds: Number(form.seconds.value) || 0 };
    return ask("POST", "/_sim/faults", { kind: form.kind.value, method, path, times: Number(form.times.value) || null, ...numbers });
  });
  draw();
  setInterval(() => document.hidden || draw().catch(() => {}), 2000);
})();
