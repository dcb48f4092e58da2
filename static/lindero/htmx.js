// Small glue between htmx and our pages: clean addresses, focus and words after a swap, honest
// words when something could not be loaded.
"use strict";
(() => {
  const words = document.currentScript.dataset;

  // Blank filters stay out of the address, with htmx and without.
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt.closest("form[data-filters]");
    if (!form || event.detail.verb !== "get") return;
    const data = event.detail.formData;
    for (const name of new Set(data.keys())) {
      const given = data.getAll(name).filter((value) => value !== "");
      data.delete(name);
      given.forEach((value) => data.append(name, value));
    }
  });
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-filters]")) return;
    for (const name of new Set(event.formData.keys())) {
      const given = event.formData.getAll(name).filter((value) => value !== "");
      event.formData.delete(name);
      given.forEach((value) => event.formData.append(name, value));
    }
  });

  // A request that was led to the sign-in page belongs to the whole window.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answered = event.detail.xhr.responseURL;
    if (answered && new URL(answered).pathname === words.signIn) {
      event.detail.shouldSwap = false;
      window.location.assign(answered);
    }
  });

  // Words are asked for while they are typed: to leave their field changes nothing. What is typed to
  // find a value of a facet is no filter at all.
  document.addEventListener("change", (event) => {
    if (event.target.matches(".facet input[type=search]")) event.stopPropagation();
  }, true);

  // The facets are drawn anew. The box that had the focus gets it back; it may be gone from its
  // facet, or have moved out of sight.
  let held = null;
  document.addEventListener("htmx:beforeSwap", () => {
    const box = document.activeElement;
    const facet = box?.closest("fieldset.facet")?.id;
    held = facet && { facet, name: box.name, value: box.value };
  });
  document.addEventListener("htmx:afterSwap", () => {
    const facet = held && document.getElementById(held.facet);
    if (!facet) return;
    const { name, value } = held;
    held = null;
    if (document.activeElement === document.body) {
      const boxes = [...facet.querySelectorAll("input")];
      const same = boxes.find((box) => box.name === name && box.value === value);
      (same || boxes[0] || facet.querySelector("a"))?.focus({ preventScroll: true });
    }
    const now = document.activeElement;
    if (!facet.contains(now)) return;
    const { x, y, width, height } = now.getBoundingClientRect();
    if (!facet.contains(document.elementFromPoint(x + width / 2, y + height / 2))) {
      now.scrollIntoView({ block: "nearest" });
    }
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const root = event.detail.target;
    if (!root.isConnected) return;
    root.querySelector("[data-focus-after-swap]")?.focus();
    const news = root.matches("[data-announce]") ? root : root.querySelector("[data-announce]");
    if (news) document.getElementById("announce").textContent = news.textContent.trim();
  });

  function sayFailed(text) {
    const note = document.createElement("div");
    note.className = "note bad";
    note.textContent = text;
    document.getElementById("messages").replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:sendError", () => sayFailed(words.offline));
  document.addEventListener("htmx:timeout", () => sayFailed(words.offline));
  document.addEventListener("htmx:responseError", (event) => {
    // Signed out or out of date: the whole page knows how to answer.
    if ([401, 403, 404].includes(event.detail.xhr.status)) window.location.reload();
    else sayFailed(words.failed);
  });
})();
