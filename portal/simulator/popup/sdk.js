/* Stands in for Meta's JavaScript SDK: the same FB.init and FB.login, with a window of the simulator. */
(function () {
  "use strict";
  const base = new URL(document.currentScript.src).origin;
  const nobody = { authResponse: null, status: "unknown" };
  let settings = null;

  function address(options) {
    const query = new URLSearchParams({
      client_id: settings.appId,
      config_id: options.config_id || "",
      response_type: options.response_type || "token",
      extras: JSON.stringify(options.extras || {}),
      origin: location.origin,
      display: "popup",
      locale: document.documentElement.lang || navigator.language || "en",
    });
    return base + "/" + (settings.version || "v26.0") + "/dialog/oauth?" + query;
  }

  function login(callback, options) {
    if (!settings) {
      console.error("FB.login() called before FB.init().");
      return;
    }
    const popup = window.open(address(options || {}), "_blank", "popup,width=600,height=760");
    let answered = false;
    function answer(response) {
      if (answered) return;
      answered = true;
      clearInterval(watch);
      window.removeEventListener("message", listen);
      if (callback) callback(response);
    }
    function listen(event) {
      if (event.origin !== base || event.source !== popup || !event.data || !event.data.simulatorLogin) return;
      answer(event.data.simulatorLogin);
    }
    // A closed window may have posted its last message just before: give it a moment to arrive.
    const watch = setInterval(function () {
      if (!popup || popup.closed) setTimeout(answer, 300, nobody);
    }, 200);
    window.addEventListener("message", listen);
  }

  window.FB = {
    init: function (options) {
      settings = options || {};
    },
    login: login,
    logout: function (callback) {
      if (callback) callback(nobody);
    },
    getLoginStatus: function (callback) {
      callback(nobody);
    },
    AppEvents: { logPageView: function () {} },
  };
  setTimeout(function () {
    if (typeof window.fbAsyncInit === "function") window.fbAsyncInit();
  });
})();
