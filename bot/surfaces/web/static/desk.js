// Keys, and what changed meanwhile. Every page works without this file.
"use strict";
(function () {
  const LIVE = "X-Live";
  const swap = { target: "#desk", select: "#desk", swap: "outerHTML show:none" };

  function here() { return location.pathname + location.search; }

  function rows() { return Array.from(document.querySelectorAll("#queue a.row")); }

  function go(step) {
    const all = rows(), at = all.findIndex((row) => row.getAttribute("aria-current") === "true");
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
    if (next && all.indexOf(next) !== at) next.click();
  }

  function press(key) {
    const one = document.querySelector('[data-key="' + key + '"]');
    if (!one) return;
    if (one.tagName === "A") { one.click(); return; }
    if (one.tagName !== "DETAILS") {
      // The first press only points at the button: signing takes a second one.
      if (document.activeElement === one) one.click(); else { one.scrollIntoView({ block: "center" }); one.focus(); }
      return;
    }
    one.open = true;
    const field = one.querySelector("textarea, input:not([type=hidden])");
    if (field) field.focus();
  }

  function help() {
    const box = document.getElementById("keys");
    if (!box) return;
    box.open = !box.open;
    if (box.open) { box.querySelector("summary").focus(); box.scrollIntoView({ block: "nearest" }); }
  }

  // A stretch of the text opens the rule, the claim or the finding that it is about, also under the keyboard.
  function open(link) {
    const found = document.getElementById(link.getAttribute("href").slice(1));
    const box = found && found.closest("details");
    if (box) box.open = true;
  }
  ["focusin", "click"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const link = event.target.closest && event.target.closest("a.m[href^='#']");
      if (link) open(link);
    });
  });

  document.addEventListener("keydown", function (event) {
    const at = event.target;
    if (event.key === "Escape" && at.closest && at.closest("details[open]")) {
      const box = at.closest("details[open]");
      box.open = false;
      box.querySelector("summary").focus();
      return;
    }
    if (document.body.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (at.matches && at.matches("input, textarea, select")) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (["a", "e", "r", "s", "v", "n"].includes(event.key)) press(event.key);
    else if (event.key === "?") help();
    else return;
    event.preventDefault();
  });

  // Dragging a draft to another day sends the form that stands on the page for it.
  let dragged = null;
  function day(event) { return event.target.closest && event.target.closest("[data-day]"); }
  function clear() { document.querySelectorAll(".over").forEach((one) => one.classList.remove("over")); }
  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest && event.target.closest("[data-draft]");
    if (!dragged) return;
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.draft);
  });
  document.addEventListener("dragover", function (event) {
    const to = day(event);
    if (!dragged || !to) return;
    event.preventDefault();
    clear();
    to.classList.add("over");
  });
  document.addEventListener("dragend", function () {
    if (dragged) dragged.classList.remove("dragged");
    dragged = null;
    clear();
  });
  document.addEventListener("drop", function (event) {
    const to = day(event), form = document.getElementById("drop"), from = dragged && dragged.closest("[data-day]");
    if (!dragged || !to || !form) return;
    event.preventDefault();
    clear();
    if (to === from) return;
    form.elements.draft.value = dragged.dataset.draft;
    form.elements.version.value = dragged.dataset.version;
    form.elements.day.value = to.dataset.day;
    form.requestSubmit();
  });

  // The calendar can go by the reader's own clock: the browser knows which it is.
  try {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    if (/^[A-Za-z0-9_+/-]{1,60}$/.test(zone) && !document.cookie.includes("signoff_zone=" + zone)) {
      document.cookie = "signoff_zone=" + zone + "; path=/; max-age=31536000; samesite=strict";
    }
  } catch (error) { /* A browser without zones keeps the account's clocks. */ }

  function busy() {
    if (dragged) return true;
    // Nobody loses what they are typing, nor the place where a keyboard or a screen reader is.
    if (document.querySelector("details.form[open], .stop[open]")) return true;
    return Boolean(document.activeElement && document.activeElement.matches("input, textarea, select, button"));
  }

  function offer() {
    const place = document.querySelector(".notes");
    if (!place || place.querySelector(".fresh")) return;
    const line = document.createElement("p"), link = document.createElement("a");
    line.className = "note fresh";
    line.setAttribute("role", "status");
    link.href = here();
    link.textContent = document.body.dataset.changed + " ↻";
    line.append(link);
    place.append(line);
    if (window.htmx) window.htmx.process(line);
  }

  let waiting = 0;
  function changed() {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(function () {
      if (busy() || !window.htmx) offer();
      else window.htmx.ajax("GET", here(), Object.assign({ headers: { [LIVE]: "1" } }, swap));
    }, 250);
  }

  // What was said to somebody is said once: a page that follows by itself keeps it, until they go on themselves.
  let said = [];

  function say(notes) {
    const place = document.querySelector(".notes");
    if (!place) return;
    const there = Array.from(place.children, (one) => one.textContent);
    notes.filter((one) => !there.includes(one.textContent)).forEach((one) => place.append(document.adoptNode(one)));
  }

  function notes(of) { return Array.from(of.querySelectorAll(".notes .note:not(.fresh)")); }

  // What somebody asked for comes before what the page fetches by itself: an answer has its place only where it was
  // asked for, and would be lost on a page that was exchanged meanwhile.
  let asked = [], missed = false;

  function pending(one) { return one.readyState > 0 && one.readyState < XMLHttpRequest.DONE; }
  function awaited() { return asked.some(pending); }
  function lives(event) { const of = event.detail.requestConfig; return Boolean(of && of.headers[LIVE]); }

  document.addEventListener("htmx:beforeSend", function (event) {
    if (!lives(event)) asked = asked.filter(pending).concat(event.detail.xhr);
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (lives(event) || !missed || awaited()) return;
    missed = false;
    changed();
  });

  // While it was being fetched somebody may have begun to type, or gone on to another page.
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (!lives(event)) return;
    const elsewhere = event.detail.requestConfig.path !== here();
    if (!elsewhere && !busy() && !awaited()) { said = said.concat(notes(document)); return; }
    event.detail.shouldSwap = false;
    const come = notes(new DOMParser().parseFromString(event.detail.serverResponse, "text/html"));
    if (awaited()) { said = said.concat(come); missed = true; return; }
    say(come);
    if (!elsewhere) offer();
  });
  document.addEventListener("htmx:afterSwap", function () { say(said); said = []; });

  const stream = new EventSource("/live");
  stream.addEventListener("changed", function (event) {
    // How a text is getting on concerns the page that waits for it alone.
    const page = document.querySelector("[data-work]"), own = page && page.dataset.work;
    if (JSON.parse(event.data).some((one) => !one.startsWith("work:") || one === own)) changed();
  });
  stream.addEventListener("over", function () { stream.close(); location.reload(); });
  window.addEventListener("pagehide", function () { stream.close(); });
})();
