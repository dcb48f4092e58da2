// Searchable lists in the place of <select data-select>; the script behind them comes only to pages
// that have one. Without it the browser's own list works.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  let coming = null;

  function load() {
    coming ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = words.tomSelect;
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      document.head.append(script);
    });
    return coming;
  }
  function dress(select) {
    if (select.tomselect || select.closest("template")) return;
    const list = new window.TomSelect(select, {
      plugins: select.multiple ? { remove_button: { title: words.remove } } : {},
      maxOptions: null,
      hideSelected: select.multiple,
      closeAfterSelect: true, // an open list covers what is below, and a phone has no key to close it
      placeholder: select.dataset.placeholder || words.type,
      hidePlaceholder: true,
      allowEmptyOption: false,
      refreshThrottle: 0, // Enter right after the last letter takes what that letter leaves
      // Accents are folded and every word typed must be found, in any order.
      searchConjunction: "and",
      render: {
        no_results: (data, escape) => `<div class="no-results">${escape(words.nothing)}</div>`,
      },
      onInitialize() {
        // The hidden original is not a second field to those who listen.
        this.input.setAttribute("aria-hidden", "true");
        this.input.tabIndex = -1;
        for (const name of ["aria-describedby", "aria-invalid"]) {
          if (select.hasAttribute(name)) this.control_input.setAttribute(name, select.getAttribute(name));
        }
        const label = select.getAttribute("aria-label");
        if (label) this.control_input.setAttribute("aria-label", label);
        // What chose a value must not send the form when it is pressed once more.
        this.control_input.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" || event.defaultPrevented) return;
          event.preventDefault();
          this.open();
        });
      },
      onItemAdd() { this.setTextboxValue(""); this.refreshOptions(false); },
    });
    select.form?.addEventListener("reset", () => setTimeout(() => list.sync()));
  }
  async function dressAll(root) {
    const selects = [...root.querySelectorAll("select[data-select]")];
    if (root.matches?.("select[data-select]")) selects.push(root);
    if (!selects.length) return;
    await load();
    selects.filter((select) => select.isConnected).forEach(dress);
  }
  document.addEventListener("DOMContentLoaded", () => dressAll(document));
  document.addEventListener("htmx:load", (event) => dressAll(event.detail.elt));
  document.addEventListener("lindero:new", (event) => dressAll(event.target));
})();
