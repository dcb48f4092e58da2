// “@” in a comment offers people who may read it: a list under the field (ARIA APG, combobox). Whoever
// is chosen is named below the text, not in it. Without this file a page of its own lists everybody.
"use strict";
(() => {
  const PAUSE = 180; // milliseconds without a key before we ask
  const CALL = /(?:^|\s)@([^\s@]{0,40})$/u;

  function dress(form) {
    const field = form.querySelector("textarea[name=text]");
    const chosen = form.querySelector("[data-mentions]");
    const list = document.createElement("ul");
    list.id = "people-to-mention";
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.people);
    list.hidden = true;
    field.after(list);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);

    let waiting = 0;
    let asking = null;
    const options = () => [...list.children];
    const at = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
    const call = () => field.value.slice(0, field.selectionStart).match(CALL);

    function point(index) {
      options().forEach((option, other) => option.setAttribute("aria-selected", String(other === index)));
      const option = options()[index];
      if (option) {
        field.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else field.removeAttribute("aria-activedescendant");
    }
    function close() {
      clearTimeout(waiting);
      asking?.abort();
      list.hidden = true;
      list.replaceChildren();
      field.removeAttribute("aria-activedescendant");
    }
    async function ask() {
      const found = call();
      if (!found) return close();
      asking?.abort();
      const mine = asking = new AbortController();
      try {
        const answer = await fetch(`${form.dataset.mention}?${new URLSearchParams({ q: found[1] })}`, {
          signal: mine.signal, headers: { "X-Requested-With": "fetch" },
        });
        // Led to the sign-in page: whoever sends the form is told.
        if (!answer.ok || answer.redirected) return close();
        const html = await answer.text();
        if (mine.signal.aborted || document.activeElement !== field) return;
        list.innerHTML = html; // made and escaped by our own server
        options().forEach((option, index) => { option.id = `${list.id}-${index}`; });
        list.hidden = !list.children.length;
        point(list.children.length ? 0 : -1);
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    }
    function mention(option) {
      const found = call();
      if (found) {
        const end = field.selectionStart;
        const start = end - found[1].length - 1;
        field.setRangeText("", start, end, "end");
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      close();
      const pk = option.dataset.person;
      const name = option.textContent.trim();
      if (chosen.querySelector(`input[value="${CSS.escape(pk)}"]`)) return;
      const item = document.createElement("li");
      const input = document.createElement("input");
      const remove = document.createElement("button");
      item.className = "chip";
      Object.assign(input, { type: "hidden", name: "mentioned", value: pk });
      Object.assign(remove, { type: "button", textContent: "×" });
      remove.setAttribute("aria-label", form.dataset.unmention.replace("{name}", name));
      remove.addEventListener("click", () => {
        item.remove();
        chosen.hidden = !chosen.children.length;
        field.focus();
      });
      item.append(name, input, remove);
      chosen.append(item);
      chosen.hidden = false;
      document.getElementById("announce").textContent = name;
    }

    field.addEventListener("input", () => {
      clearTimeout(waiting);
      asking?.abort();
      if (call()) waiting = setTimeout(ask, PAUSE);
      else if (!list.hidden) close();
    });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || list.hidden) return;
      const number = options().length;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        point((at() + (event.key === "ArrowDown" ? 1 : -1) + number) % number);
      } else if ((event.key === "Enter" || event.key === "Tab") && at() >= 0) {
        event.preventDefault();
        mention(options()[at()]);
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    field.addEventListener("blur", close);
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) mention(option);
    });
  }
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-mention]").forEach(dress));
})();
