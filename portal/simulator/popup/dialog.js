/* The screens of embedded signup, in Meta's order; what they decide is sent as one POST /_sim/signup. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = JSON.parse(document.getElementById("words").textContent);
  const form = document.getElementById("form");
  const field = form.elements;
  const $ = (id) => document.getElementById(id);
  const screens = ["login", "portfolio", "waba", "profile", "number", "code", "permissions", "done"];
  const meta = {
    portfolio: "BUSINESS_ACCOUNT_SELECTION",
    waba: "WABA_PHONE_PROFILE_PICKER",
    profile: "WHATSAPP_BUSINESS_PROFILE_SETUP",
    number: "PHONE_NUMBER_SETUP",
    code: "PHONE_NUMBER_VERIFICATION",
    permissions: "PERMISSIONS",
  };
  const labels = { login: words.login, permissions: words.confirm, done: words.finish };
  const trail = [];
  let screen = "login";
  let verified = false;
  let result = null;
  let ended = false;

  async function post(path, body) {
    const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.problem || response.statusText);
    return answer;
  }

  function tell(message) {
    if (message && window.opener && !$("message-lost").checked)
      window.opener.postMessage(JSON.stringify(message), data.origin || "*");
  }

  function tellLogin(code) {
    if (!window.opener) return;
    const response = code
      ? { authResponse: { userID: null, expiresIn: null, code: code }, status: "connected" }
      : { authResponse: null, status: "unknown" };
    window.opener.postMessage({ simulatorLogin: response }, data.origin || "*");
  }

  function show(name) {
    screen = name;
    document.querySelectorAll("[data-screen]").forEach((part) => (part.hidden = part.dataset.screen !== name));
    const position = screens.indexOf(name) + 1;
    $("progress").textContent = words.step_of.replace("{n}", position).replace("{all}", screens.length);
    $("bar").style.width = (100 * position) / screens.length + "%";
    $("next").textContent = labels[name] || words.continue;
    $("back").hidden = !trail.length || name === "done";
    $("cancel").hidden = name === "done";
    problem("");
    const first = document.querySelector(`[data-screen=${name}] input:not([type=radio]), [data-screen=${name}] select`);
    if (first) first.focus();
  }

  function problem(text) {
    $("error").textContent = text;
    $("error").hidden = !text;
  }

  function go(name) {
    trail.push(screen);
    show(name);
  }

  const portfolio = () => data.portfolios.find((one) => one.id === field.portfolio.value);
  const account = () => (portfolio() ? portfolio().wabas.find((one) => one.id === field.waba.value) : undefined);

  function fillAccounts() {
    $("business-name").hidden = Boolean(portfolio());
    field.waba.length = 1;
    (portfolio() ? portfolio().wabas : []).forEach((one) => field.waba.add(new Option(one.name, one.id)));
    fillProfile();
  }

  function fillProfile() {
    const known = account();
    $("waba-name").hidden = Boolean(known);
    const name = field.business_name.value || (portfolio() ? portfolio().name : "");
    if (!field.waba_name.value) field.waba_name.value = portfolio() ? portfolio().name : field.business_name.value;
    if (known && known.numbers.length) {
      field.display_name.value = known.numbers[0].name;
      field.number.value = known.numbers[0].display;
    } else if (!field.display_name.value) field.display_name.value = name;
  }

  async function sendCode() {
    const sent = await post("/_sim/popup/code", { number: field.number.value, method: field.method.value });
    $("code-number").textContent = sent.display;
    $("code-text").textContent = sent.text;
    field.code.value = "";
    verified = false;
  }

  // "yes" for a number to type, "no" for none, or the id of a number that the partner has verified.
  const choice = () => (data.only_waba ? "no" : field.with_number.value);
  const preverified = () => data.preverified.some((one) => one.id === choice());

  function wish(outcome, extra) {
    const chosen = portfolio();
    const number = preverified() ? { preverified_id: choice() } : { number: choice() === "yes" ? field.number.value : "" };
    return {
      app_id: data.app_id,
      config_id: data.config_id,
      business: chosen ? { id: chosen.id } : { name: field.business_name.value },
      waba: account() ? { id: account().id } : { name: field.waba_name.value },
      phone: { ...number, display_name: field.display_name.value, category: field.category.value },
      outcome: outcome,
      all_assets: data.all_assets,
      ...extra,
    };
  }

  async function complete() {
    let outcome = verified || preverified() ? "finish" : "finish_unverified";
    if (data.app_only) outcome = "finish_app_only";
    else if (choice() === "no") outcome = "finish_only_waba";
    else if (data.coexistence) outcome = "finish_coexistence";
    const late = $("code-late").checked ? 31 : 0;
    result = await post("/_sim/signup", wish(outcome, { code_age_seconds: late }));
    if (late) return;
    setInterval(async () => {
      result.code = (await post("/_sim/popup/renew", { code: result.code })).code;
    }, 20000);
  }

  function end() {
    if (ended) return;
    ended = true;
    tell(result && result.message);
    tellLogin(result && result.code);
  }

  async function leave(outcome) {
    if (meta[screen]) result = await post("/_sim/signup", wish(outcome, { current_step: meta[screen] }));
    end();
    window.close();
  }

  const next = {
    login: () => go("portfolio"),
    portfolio: () => {
      if (!portfolio() && !field.business_name.value.trim()) return field.business_name.focus();
      fillProfile();
      go("waba");
    },
    waba: () => {
      fillProfile();
      go(data.only_waba || data.app_only ? "permissions" : "profile");
    },
    profile: () => (field.display_name.value.trim().length > 1 ? go("number") : field.display_name.focus()),
    number: async () => {
      if (choice() !== "yes") return go("permissions");
      try {
        await sendCode();
      } catch {
        return problem(words.number_wrong);
      }
      go("code");
    },
    code: async () => {
      const checked = await post("/_sim/popup/verify", { number: field.number.value, code: field.code.value });
      verified = checked.right;
      if (!verified) return problem(words.code_wrong);
      go("permissions");
    },
    permissions: async () => {
      await complete();
      trail.length = 0;
      show("done");
    },
    done: () => {
      end();
      window.close();
    },
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    $("next").disabled = true;
    try {
      await next[screen]();
    } catch (error) {
      problem(words.failed + " " + error.message);
    } finally {
      $("next").disabled = false;
    }
  });
  $("back").addEventListener("click", () => show(trail.pop()));
  $("cancel").addEventListener("click", () => leave("cancel"));
  $("report").addEventListener("click", () => leave("error"));
  $("resend").addEventListener("click", () => sendCode().catch((error) => problem(error.message)));
  $("skip").addEventListener("click", () => go("permissions"));
  field.portfolio.addEventListener("change", fillAccounts);
  field.waba.addEventListener("change", fillProfile);
  form.addEventListener("change", () => ($("number-fields").hidden = choice() !== "yes"));

  // Closing the window on the last screen counts as finished; before that, Meta reports where it was left.
  window.addEventListener("pagehide", () => {
    if (!result && meta[screen])
      result = { message: { data: { current_step: meta[screen] }, type: "WA_EMBEDDED_SIGNUP", event: "CANCEL", version: 3 } };
    end();
  });

  const given = data.setup.business || {};
  data.preverified.forEach((one) => {
    const label = document.createElement("label");
    label.className = "choice";
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "with_number", value: one.id });
    label.append(radio, one.display);
    $("choices").append(label);
  });
  data.portfolios.forEach((one) => field.portfolio.add(new Option(one.name, one.id)));
  if (data.portfolios.some((one) => one.id === given.id)) field.portfolio.value = given.id;
  field.business_name.value = given.name || "";
  if (given.phone && given.phone.number) field.number.value = "+" + (given.phone.code || "") + given.phone.number;
  field.display_name.value = (data.setup.phone && data.setup.phone.displayName) || "";
  fillAccounts();
  show("login");
})();
