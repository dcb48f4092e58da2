// Suggestions under the search of the header while one types: a combobox with a list (ARIA APG).
// Arrow keys choose, Enter goes there or searches, Escape closes. Without this file the form works.
"use strict";
(() => {
  const PAUSE = 180; // milliseconds without a key before we ask
  const SHORTEST = 2;
  let number = 0;

  function dress(form) {
    const field = form.querySelector("input[name=q]");
    const list = document.createElement("ul");
    list.id = `suggestions-${++number}`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.suggestions);
    list.hidden = true;
    form.append(list);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
    })) field.setAttribute(name, value);

    let waiting = 0;
    let asking = null;
    const options = () => [...list.children];
    const chosen = () => list.querySelector("[aria-selected=true]");

    function choose(option) {
      chosen()?.setAttribute("aria-selected", "false");
      if (option) {
        option.setAttribute("aria-selected", "true");
        option.scrollIntoView({ block: "nearest" });
        field.setAttribute("aria-activedescendant", option.id);
      } else field.removeAttribute("aria-activedescendant");
    }
    function close() {
      clearTimeout(waiting);
      asking?.abort();
      choose(null);
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
    }
    function open() {
      if (!list.children.length) return close();
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
    }
    async function ask() {
      const words = field.value;
      asking?.abort();
      if (words.trim().length < SHORTEST) { list.replaceChildren(); close(); return; }
      const mine = asking = new AbortController();
      try {
        const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: words })}`, {
          signal: mine.signal, headers: { "X-Requested-With": "fetch" },
        });
        // Led to the sign-in page: whoever sends the form is told.
        if (!answer.ok || answer.redirected) return close();
        const html = await answer.text();
        if (mine.signal.aborted || document.activeElement !== field) return;
        choose(null);
        list.innerHTML = html; // made and escaped by our own server
        options().forEach((option, index) => { option.id = `${list.id}-${index}`; });
        open();
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    }

    field.addEventListener("input", () => {
      clearTimeout(waiting);
      asking?.abort();
      waiting = setTimeout(ask, PAUSE);
    });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const all = options();
      const at = all.indexOf(chosen());
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!all.length) return;
        event.preventDefault();
        if (list.hidden) open();
        // Between the last one and the first stands the field itself.
        const step = event.key === "ArrowDown" ? 1 : -1;
        const next = (at + 1 + step + all.length + 1) % (all.length + 1) - 1;
        choose(all[next] ?? null);
      } else if (event.key === "Enter" && !list.hidden && at >= 0) {
        event.preventDefault();
        window.location.assign(all[at].dataset.url);
      } else if (event.key === "Escape" && !list.hidden) {
        // Only the list closes, not the menu around it; what was typed stays.
        event.preventDefault();
        event.stopPropagation();
        close();
      } else if (event.key === "Tab") close();
    });
    field.addEventListener("focus", () => { if (field.value && list.children.length) open(); });
    field.addEventListener("blur", close);
    form.addEventListener("submit", close);
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) window.location.assign(option.dataset.url);
    });
  }
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-suggest]").forEach(dress);
  });
})();
