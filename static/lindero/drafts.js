// Drafts: while one writes, the form is saved on the server as a private draft. When the connection
// is lost a copy stays on this device, keyed by person and form; it goes when the form is saved, at
// sign-out and after seven days, and is not made where the agency switched it off.
"use strict";
(() => {
  const PREFIX = "lindero:";
  // They belong to the page that was opened, not to what somebody wrote.
  const NOT_CONTENT = ["csrfmiddlewaretoken", "person", "version"];
  const WEEK = 7 * 24 * 60 * 60 * 1000;
  const PAUSE = 1200;   // ms after the last keystroke
  const EVERY = 3000;   // ms between two savings at least
  const LONGEST = 12000; // ms of writing without a pause until it is saved all the same
  const AGAIN = 15000;   // ms until a failed saving is tried again

  const store = {
    // A browser may forbid storage altogether; then there is simply no copy.
    keys() { try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)); } catch { return []; } },
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
    remove(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
  };
  // Whoever signed in again in another tab has a new token: the cookie holds the one that counts.
  const token = (form) => document.cookie.match(/(?:^|; )lindero_csrf=([^;]+)/)?.[1] || form.elements.csrfmiddlewaretoken?.value || "";
  const clock = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  // As the server writes it, whatever the order in the reader's language: 14 Oct 2026, 21:42.
  function moment(at) {
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", year: "numeric", numberingSystem: "latn" });
    const part = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
    return `${part.day} ${part.month} ${part.year}, ${clock(at)}`;
  }

  store.keys().forEach((key) => {
    const copy = store.get(key);
    if (!copy || Date.now() - Date.parse(copy.at) > WEEK) store.remove(key);
  });
  document.querySelectorAll("meta[name=lindero-saved], [data-draft-clear]").forEach((sign) => {
    const keys = (sign.content || sign.dataset.draftClear || "").split(" ").filter(Boolean);
    keys.forEach((name) => store.keys().filter((key) => key.endsWith(`:${name}`)).forEach(store.remove));
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-sign-out]")) store.keys().forEach(store.remove);
  });

  function start(form) {
    const line = form.querySelector("[data-draft-state]") || document.querySelector("[data-draft-state]");
    const key = () => `${PREFIX}${form.dataset.draftPerson}:${form.dataset.draftKey}`;
    const onDevice = form.dataset.draftDevice === "on" && form.dataset.draftPerson;
    let timer = null, since = null, lastSaved = 0, saving = null, changed = false, leaving = false, unsaved = false;

    function say(name, at) {
      if (!line) return;
      line.textContent = line.dataset[name].replace("{time}", at || "");
      line.classList.toggle("warm", !["saving", "saved"].includes(name));
    }
    function content() {
      const data = new FormData(form);
      [...data].forEach(([name, value]) => { if (value instanceof File) data.delete(name); });
      data.delete("csrfmiddlewaretoken"); // it goes as a header
      return data;
    }
    const written = () => [...content()].filter(([name]) => !NOT_CONTENT.includes(name));
    function keepHere(name = "device") {
      unsaved = true;
      const at = new Date().toISOString();
      if (onDevice && store.set(key(), { at, fields: written() })) say(name, clock(at));
      else say(name === "device" ? "nowhere" : name);
      clearTimeout(timer);
      timer = setTimeout(save, AGAIN);
    }
    async function newsIn(answer) {
      try { return await answer.json(); } catch { return {}; /* an answer without content is fine */ }
    }
    async function taken(answer) {
      unsaved = false;
      store.remove(key());
      const news = await newsIn(answer);
      if (news.url) form.dataset.draftUrl = news.url;
      if (news.key) form.dataset.draftKey = news.key;
      if (news.action) form.action = news.action;
      if (news.page) history.replaceState(history.state, "", news.page);
      for (const [name, value] of Object.entries(news.fields || {})) {
        if (form.elements[name]) form.elements[name].value = value;
      }
      if (news.version !== undefined && form.elements.version) form.elements.version.value = news.version;
      say("saved", news.time || clock(Date.now()));
    }
    async function save() {
      clearTimeout(timer);
      if (leaving || saving) return;
      changed = false;
      since = null;
      saving = new AbortController();
      try {
        const answer = await fetch(form.dataset.draftUrl, {
          method: "POST", body: content(), credentials: "same-origin", redirect: "manual", signal: saving.signal,
          headers: { "X-CSRFToken": token(form), Accept: "application/json" },
        });
        lastSaved = Date.now();
        if (answer.ok) await taken(answer);
        else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) keepHere("signedOut");
        else if (answer.status === 409) { unsaved = false; store.remove(key()); say((await newsIn(answer)).own ? "newerOwn" : "newer"); } // kept, beside the newer version
        else if (answer.status < 500) { unsaved = true; say("refused"); }
        else keepHere();
      } catch (error) {
        if (error.name !== "AbortError") keepHere();
      }
      saving = null;
      if (changed) later();
    }
    function later() {
      clearTimeout(timer);
      const now = Date.now();
      since ??= now;
      const wait = Math.max(PAUSE, EVERY - (now - lastSaved));
      timer = setTimeout(save, Math.min(wait, Math.max(0, LONGEST - (now - since))));
    }
    function touched(event) {
      if (event.target.type === "file") return;
      changed = unsaved = true;
      if (!saving) later();
    }
    form.addEventListener("input", touched);
    form.addEventListener("change", touched);
    window.addEventListener("online", () => { if (unsaved) save(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && changed) save(); });
    form.addEventListener("submit", (event) => {
      if (!navigator.onLine) { event.preventDefault(); keepHere(); return; }
      leaving = true;
      clearTimeout(timer);
      saving?.abort();
      // Until the saved page says otherwise: the way there may still break.
      if (onDevice && unsaved) store.set(key(), { at: new Date().toISOString(), fields: written() });
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) leaving = false; });
    window.addEventListener("beforeunload", (event) => {
      if (unsaved && !leaving && !(onDevice && store.get(key()))) event.preventDefault();
    });

    offer();

    function offer() {
      const copy = store.get(key());
      if (!copy) return;
      if (!onDevice || Date.parse(copy.at) <= Date.parse(form.dataset.draftSaved || 0)) { store.remove(key()); return; }
      if (!line) return;
      // It was sent, and comes back with what needs a correction: it is here already.
      if (same(copy.fields, written())) { changed = unsaved = true; later(); return; }
      const bar = document.createElement("div");
      bar.className = "note warm";
      bar.setAttribute("role", "alert");
      const text = document.createElement("div");
      text.textContent = line.dataset.offer.replace("{time}", moment(copy.at));
      const button = (words, act) => {
        const made = document.createElement("button");
        made.type = "button"; made.className = "btn btn-sm"; made.textContent = words;
        made.addEventListener("click", () => { act(); bar.remove(); });
        return made;
      };
      bar.append(text, button(line.dataset.restore, () => restore(copy.fields)), button(line.dataset.discard, () => store.remove(key())));
      form.prepend(bar);
    }
    function same(kept, shown) {
      const plain = (fields) => fields.map((field) => field.map((text) => text.trim()).join("=")).filter((field) => !field.endsWith("=")).sort().join("&");
      return plain(kept) === plain(shown);
    }
    function restore(fields) {
      const values = new Map();
      fields.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
      values.forEach(([total], name) => {
        if (name.endsWith("-TOTAL_FORMS")) {
          document.dispatchEvent(new CustomEvent("lindero:rows", { detail: { prefix: name.slice(0, -12), total: Number(total) } }));
        }
      });
      for (const field of form.elements) {
        if (!field.name || NOT_CONTENT.includes(field.name) || ["file", "submit", "button"].includes(field.type)) continue;
        if (/-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(field.name)) continue;
        const given = values.get(field.name) || [];
        if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
        else if (field.tomselect) field.tomselect.setValue(field.multiple ? given : given[0] || "");
        else if (field.multiple) [...field.options].forEach((option) => { option.selected = given.includes(option.value); });
        else if (given.length) field.value = given[0];
      }
      changed = unsaved = true;
      save();
    }
  }
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-draft-url]").forEach(start));
})();
