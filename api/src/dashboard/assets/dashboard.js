// What makes the page a little better where scripts run: a choice shows at once, without a full reload; a slider through the days;
// what the pointer is at, in words. Nothing depends on it.
"use strict";
(() => {
  const WAIT_MS = 200;
  let waiting, underWay;

  // Takes the page at an address in the place of this one. Whatever is no page of figures is gone to as any link is.
  async function show(address, keep) {
    underWay?.abort();
    underWay = new AbortController();
    const main = document.getElementById("main");
    main.setAttribute("aria-busy", "true");
    let response, text;
    try {
      response = await fetch(address, { signal: underWay.signal });
      text = await response.text();
    } catch (error) {
      if (error.name !== "AbortError") location.assign(address);
      return;
    }
    const shown = new DOMParser().parseFromString(text, "text/html");
    const next = shown.getElementById("main");
    if (new URL(response.url).pathname !== location.pathname || !next) return location.assign(address);
    const focused = document.activeElement?.id;
    const open = [...main.querySelectorAll("details")].map((details) => details.open);
    next.querySelectorAll("details").forEach((details, index) => { details.open = Boolean(open[index]); });
    main.replaceWith(document.adoptNode(next));
    document.querySelector(".who > a")?.replaceWith(document.adoptNode(shown.querySelector(".who > a")));
    if (keep) history.pushState(null, "", address);
    begin();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const rate = next.querySelector(".headline");
    if (rate) say(`${rate.querySelector("h2").textContent}: ${rate.querySelector(".figure, .nothing").textContent}`);
  }

  // Tells a screen reader what has changed.
  function say(text) {
    let told = document.getElementById("told");
    if (!told) {
      told = Object.assign(document.createElement("p"), { id: "told", className: "hidden" });
      told.setAttribute("role", "status");
      document.getElementById("main").after(told);
    }
    told.textContent = text;
  }

  function chosen(form) {
    const said = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = new URLSearchParams(said).toString();
    return form.getAttribute("action") + (query && `?${query}`);
  }

  function soon(form) {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(chosen(form), true), WAIT_MS);
  }

  const DAY_MS = 86400000;
  const dayOf = (number) => new Date(number * DAY_MS).toISOString().slice(0, 10);
  const numberOf = (day) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

  // Through the days of the target, by hand or by arrow key.
  function slider(form) {
    const date = form.elements.as_of;
    const { from, to, slide } = form.dataset;
    if (!from || from >= to) return;
    const box = Object.assign(document.createElement("div"), { className: "slider" });
    const range = Object.assign(document.createElement("input"), { type: "range", id: "slide", min: numberOf(from), max: numberOf(to), step: 1 });
    range.value = date.value ? numberOf(date.value) : range.max;
    const told = () => range.setAttribute("aria-valuetext", new Date(range.value * DAY_MS).toLocaleDateString(document.documentElement.lang, { timeZone: "UTC", dateStyle: "long" }));
    const label = Object.assign(document.createElement("label"), { htmlFor: "slide", textContent: slide });
    range.addEventListener("input", () => { date.value = dayOf(range.value); told(); soon(form); });
    told();
    box.append(label, range);
    form.append(box);
  }

  // What the pointer is at: of a curve the nearest point, of a map the unit.
  function readout(figure) {
    const line = Object.assign(document.createElement("p"), { className: "readout" });
    line.setAttribute("aria-hidden", "true");
    figure.append(line);
    let near;
    figure.addEventListener("pointermove", (event) => {
      const svg = event.target.closest("svg[role=img]");
      if (!svg) return;
      const points = [...svg.querySelectorAll(".point")];
      const distance = (point) => { const box = point.getBoundingClientRect(); return Math.abs(box.left + box.width / 2 - event.clientX); };
      const at = points.length ? points.reduce((best, point) => (distance(point) < distance(best) ? point : best)) : event.target.closest(".unit");
      near?.classList.remove("near");
      near = at;
      near?.classList.add("near");
      line.textContent = near?.querySelector("title")?.textContent ?? "";
    });
  }

  // What does not scroll need not be a stop of the tab key.
  function stops() {
    document.querySelectorAll(".scroll").forEach((box) => { box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1; });
  }

  function begin() {
    stops();
    const form = document.getElementById("controls");
    if (form) {
      form.addEventListener("change", (event) => { if (event.target.id !== "slide") soon(form); });
      form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); show(chosen(form), true); });
      slider(form);
    }
    document.querySelectorAll("figure").forEach(readout);
  }

  addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
  addEventListener("popstate", () => show(location.href, false));
  begin();
})();
