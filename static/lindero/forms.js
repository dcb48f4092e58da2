// Forms: the second of two clicks is harmless, long fields count, rows come and go, files are sent
// one by one. Without this file the same forms work with plain requests.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const fill = (text, number) => text.replace("{n}", number.toLocaleString(document.documentElement.lang));

  // The summary of errors is read first; its links go to the field, also where a list stands in its place
  document.addEventListener("DOMContentLoaded", () => document.querySelector("[data-focus-now]")?.focus());
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".errors a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (field.tomselect) field.tomselect.focus();
    else (field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea") || field).focus();
    field.closest(".field")?.scrollIntoView({ block: "center" });
  });

  // A form is sent once
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    // After the browser has taken the pressed button's name and value into the request.
    setTimeout(() => form.querySelectorAll("button:not([type=button])").forEach((button) => { button.disabled = true; }));
  });
  function release(root) {
    root.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("button:disabled").forEach((button) => { button.disabled = false; });
    });
  }
  window.addEventListener("pageshow", (event) => { if (event.persisted) release(document); });
  document.addEventListener("htmx:afterRequest", () => release(document));

  // Long fields say how much room is left
  function count(field) {
    const most = Number(field.dataset.max || field.getAttribute("maxlength"));
    if (!most || !field.matches("textarea, input[type=text]")) return;
    let note = document.getElementById(`${field.id}_count`);
    const rough = field.value.length;
    if (rough < most * 0.9) { if (note) note.textContent = ""; return; }
    if (!note) {
      note = document.createElement("p");
      note.id = `${field.id}_count`;
      note.className = "counter";
      note.setAttribute("role", "status");
      field.after(note);
    }
    const left = most - [...field.value].length;
    note.textContent = fill(left < 0 ? words.over : words.left, Math.abs(left));
    note.classList.toggle("over", left < 0);
  }
  document.addEventListener("input", (event) => count(event.target));
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[maxlength], [data-max]").forEach(count));

  // Rows of a formset
  const total = (set) => set.querySelector(`[name="${set.dataset.formset}-TOTAL_FORMS"]`);
  function addRow(set) {
    const counter = total(set);
    const box = document.createElement("template");
    box.innerHTML = set.querySelector("template[data-row-template]").innerHTML.replaceAll("__prefix__", counter.value);
    const row = box.content.firstElementChild;
    set.querySelector("[data-rows]").append(row);
    counter.value = Number(counter.value) + 1;
    row.dispatchEvent(new CustomEvent("lindero:new", { bubbles: true }));
    return row;
  }
  function removeRow(set, row) {
    const tick = row.querySelector("[name$='-DELETE']");
    if (!tick) { row.remove(); return; }
    tick.checked = true;
    const note = document.createElement("div");
    note.className = "gone-note";
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "btn btn-sm";
    undo.textContent = words.undo;
    undo.addEventListener("click", () => {
      tick.checked = false; row.classList.remove("gone"); note.remove();
      row.querySelector("[data-remove]")?.focus();
      row.dispatchEvent(new Event("change", { bubbles: true }));
    });
    note.append(words.removed, undo);
    row.classList.add("gone");
    row.append(note);
    undo.focus();
    row.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("click", (event) => {
    const set = event.target.closest("[data-formset]");
    if (!set) return;
    if (event.target.closest("[data-add]")) {
      event.preventDefault();
      addRow(set).querySelector("input:not([type=hidden]), select, textarea")?.focus();
    } else if (event.target.closest("[data-remove]")) {
      event.preventDefault();
      removeRow(set, event.target.closest("[data-row]"));
    }
  });
  // A draft brought back from the device needs as many rows as it had.
  document.addEventListener("lindero:rows", (event) => {
    const set = document.querySelector(`[data-formset="${CSS.escape(event.detail.prefix)}"]`);
    while (set && Number(total(set).value) < event.detail.total) addRow(set);
  });

  // Files, one request each
  function fileRow(list, file) {
    const row = document.createElement("li");
    const box = document.createElement("div");
    const name = document.createElement("span");
    const state = document.createElement("small");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    bar.max = 100; bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    box.append(name, state, bar);
    row.append(box);
    list.append(row);
    return { row, state, bar };
  }
  function failed({ row, state, bar }, text) {
    row.classList.add("failed");
    state.textContent = text;
    bar.remove();
  }
  function send(form, list, file) {
    const shown = fileRow(list, file);
    shown.state.textContent = form.dataset.waiting;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("file", file);
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", form.dataset.uploadUrl);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => { shown.bar.value = (100 * event.loaded) / event.total; });
      request.addEventListener("loadend", () => {
        const isPage = /^\s*<(!doctype|html)/i.test(request.responseText);
        if (request.status >= 200 && request.status < 300 && !isPage) {
          const box = document.createElement("template");
          box.innerHTML = request.responseText.trim();
          window.htmx?.process(box.content);
          shown.row.replaceWith(box.content);
        } else {
          const text = request.status >= 400 && request.status < 500 && !isPage && request.responseText.trim();
          failed(shown, text || form.dataset.failed);
        }
        done();
      });
      request.send(body);
    });
  }
  document.addEventListener("change", async (event) => {
    const form = event.target.closest("form[data-upload-url]");
    if (!form || event.target.type !== "file") return;
    const list = form.closest(".attachments").querySelector("[data-files]");
    const files = [...event.target.files];
    event.target.value = "";
    for (const file of files) await send(form, list, file);
  });
})();
