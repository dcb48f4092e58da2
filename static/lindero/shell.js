// The shell: menus close on Escape and a click elsewhere, "/" goes to the search, the filters open
// as a drawer on the phone, grave buttons ask first. Everything also works without this file.
"use strict";
(() => {
  const script = document.currentScript.dataset;
  document.documentElement.classList.add("js");

  // Menus
  const openMenus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("focusin", (event) => {
    openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    openMenus().forEach((menu) => {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    });
  });

  // "/" focuses the search, unless somebody is writing
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
    const find = [...document.querySelectorAll("[data-find]")].find((field) => field.offsetParent);
    if (find) { event.preventDefault(); find.focus(); find.select(); }
  });

  // The filter drawer of the phone
  let opener = null;
  const focusable = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select:not([disabled]), textarea, summary";
  function closeDrawer() {
    const drawer = document.querySelector(".drawer.open");
    if (!drawer) return;
    drawer.classList.remove("open");
    // What opened it may have been drawn anew with the results.
    if (!opener?.isConnected) opener = document.querySelector(`[data-drawer][href="#${drawer.id}"]`);
    opener?.focus();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-drawer]");
    if (link) {
      const drawer = document.querySelector(link.getAttribute("href"));
      if (!drawer) return;
      event.preventDefault();
      opener = link;
      drawer.classList.add("open");
      drawer.querySelector(focusable)?.focus();
    } else if (event.target.closest("[data-drawer-close]") && document.querySelector(".drawer.open")) {
      event.preventDefault();
      closeDrawer();
    }
  });
  document.addEventListener("keydown", (event) => {
    const drawer = document.querySelector(".drawer.open");
    if (!drawer) return;
    if (event.key === "Escape") closeDrawer();
    if (event.key !== "Tab") return;
    const stops = [...drawer.querySelectorAll(focusable)].filter((stop) => stop.offsetParent);
    const last = stops.at(-1);
    if (event.shiftKey && document.activeElement === stops[0]) { event.preventDefault(); last.focus(); }
    else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); stops[0].focus(); }
  });

  // Grave buttons ask first
  function ask(words, yes) {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    const text = document.createElement("p");
    text.id = "dialog-words";
    text.textContent = words;
    dialog.setAttribute("aria-labelledby", text.id);
    const buttons = document.createElement("form");
    buttons.method = "dialog";
    buttons.className = "acts";
    for (const [value, label, style] of [["", script.cancel, "btn"], ["yes", yes, "btn btn-danger"]]) {
      const button = document.createElement("button");
      button.value = value; button.textContent = label; button.className = style;
      buttons.append(button);
    }
    dialog.append(text, buttons);
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    }));
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-confirm]");
    if (!button || button.dataset.confirmed) return;
    event.preventDefault();
    if (await ask(button.dataset.confirm, button.dataset.yes || button.textContent.trim())) {
      button.dataset.confirmed = "yes";
      button.form.requestSubmit(button);
      delete button.dataset.confirmed;
    } else button.focus();
  }, true);
})();
