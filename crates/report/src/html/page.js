"use strict";
// Puts in place what Rust has drawn: other metrics, other rows, the runs behind a number. No figure is computed here
// but the one of the panel.
(async () => {
  const one = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const table = one("#main"), panel = one("#panel"), tip = one("#tip");
  const view = { metric: null, sort: null, filter: "", hidden: new Set(), rows: new Map(), deviations: false, numbers: false, flat: false, panels: false, theme: "" };

  // The payload: base64 of deflated JSON. A browser that cannot inflate keeps the page of the first metric.
  const data = await unpack(one("#payload").textContent).catch(() => null);
  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text.trim()), letter => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  }
  const first = data ? data.metrics[0].name : null;
  const slots = new Map(all("[data-slot]").map(slot => [slot.dataset.slot, slot]));
  if (data) {
    data.slots[first] = Object.fromEntries([...slots].map(([name, slot]) => [name, slot.innerHTML]));
    view.metric = first;
  } else {
    one("#metric-box").hidden = true;
  }

  // ---- Markup -------------------------------------------------------------------------------------------------
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }
  function draw(name, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }
  const signed = (value, decimals) => {
    const text = Math.abs(value).toFixed(decimals);
    return (Number(text) === 0 ? "±" : value < 0 ? "−" : "+") + text;
  };
  const capital = text => text.slice(0, 1).toUpperCase() + text.slice(1);
  const plain = (value, decimals) => value.toFixed(decimals).replace("-", "−");

  // ---- Metric -------------------------------------------------------------------------------------------------
  function choose(metric) {
    if (!data || !data.metrics.some(known => known.name === metric)) return;
    view.metric = metric;
    one("#metric").value = metric;
    if (metric !== shown) {
      for (const [name, slot] of slots) {
        const html = data.slots[metric][name];
        if (html !== undefined) slot.innerHTML = html;
      }
      shown = metric;
    }
    for (const row of all("[data-metric]")) {
      row.classList.toggle("on", row.dataset.metric === metric);
    }
    arrange();
  }
  let shown = first;

  // ---- Table --------------------------------------------------------------------------------------------------
  const headers = all("thead th[data-key], thead th[data-set]", table);
  const column = header => headers.indexOf(header);
  const body = () => table.tBodies[0];
  const methods = () => all("tr[data-row]", body());
  const figure = cell => {
    const text = (cell.firstChild?.nodeValue ?? "").trim().replace("−", "-").replace(/[×‡]/g, "");
    return text === "" || !/^-?[0-9.]/.test(text) ? NaN : parseFloat(text);
  };
  function sortKey(row, place) {
    const cell = row.cells[place];
    if (headers[place].dataset.key === "name") return cell.textContent;
    if (headers[place].dataset.key === "wins") {
      const [better, , worse] = cell.textContent.split("/").map(Number);
      return worse === undefined ? NaN : better - worse;
    }
    return figure(cell);
  }
  // What is best comes first; missing values come last whichever way.
  function arrange() {
    const rows = methods(), headings = all("tr.group", body());
    if (view.sort || headings.length) {
      const { place, down } = view.sort ?? {};
      const keyed = rows.map(row => [view.sort ? sortKey(row, place) : Number(row.dataset.place), row]);
      keyed.sort(([a], [b]) => {
        if (typeof a === "string") return (down ? -1 : 1) * a.localeCompare(b);
        if (isNaN(a) || isNaN(b)) return isNaN(a) - isNaN(b);
        return down ? b - a : a - b;
      });
      const ordered = [...headings, ...keyed.map(([, row]) => row)];
      // The sort keeps what is equal in order: a heading comes before its rows.
      if (!view.flat) ordered.sort((a, b) => (a.dataset.group ?? 0) - (b.dataset.group ?? 0));
      body().append(...ordered);
    }
    for (const header of headers) {
      const on = view.sort ? headers[view.sort.place] === header : header.dataset.key === "rank";
      const way = view.sort?.down ? "descending" : "ascending";
      if (on) header.setAttribute("aria-sort", way);
      else header.removeAttribute("aria-sort");
    }
    const wanted = view.filter.toLowerCase();
    let n = 0;
    for (const row of rows) {
      const labels = data ? data.rows[row.dataset.row].labels : [];
      const matches = row.cells[0].textContent.toLowerCase().includes(wanted);
      row.hidden = !matches || labels.some((label, axis) => view.hidden.has(axis + ":" + label));
      n += row.hidden ? 0 : 1;
    }
    for (const heading of headings) {
      heading.hidden = view.flat || !rows.some(row => !row.hidden && row.dataset.group === heading.dataset.group);
    }
    const total = rows.length;
    one("#shown").textContent = n === total ? `${n} rows` : `${n} of ${total} rows; ranks and tests are of all`;
    table.classList.toggle("deviations", view.deviations);
    if (one("#numbers")) table.classList.toggle("tiles", !view.numbers);
    rove(all("td.c", body()).find(cell => !cell.parentElement.hidden));
    remember();
  }
  for (const header of headers) {
    one("button", header).addEventListener("click", () => {
      const place = column(header), was = view.sort ?? defaultSort();
      const rising = ["name", "rank", "time"].includes(header.dataset.key) || (header.dataset.set && sign() < 0);
      const down = was?.place === place ? !was.down : !rising;
      view.sort = { place, down };
      arrange();
    });
  }
  const defaultSort = () => {
    const place = headers.findIndex(header => header.dataset.key === "rank");
    return place < 0 ? null : { place, down: false };
  };
  const sign = () => data?.metrics.find(metric => metric.name === view.metric).sign ?? 1;

  // One tab stop for all entries; arrows, Home and End move within.
  let current = null;
  function rove(cell) {
    if (current) current.removeAttribute("tabindex");
    current = cell ?? null;
    if (cell) cell.tabIndex = 0;
  }
  table.addEventListener("keydown", event => {
    const cell = event.target.closest("td.c");
    if (!cell) return;
    const rows = methods().filter(row => !row.hidden);
    const cells = all("td.c", cell.parentElement), at = cells.indexOf(cell), row = rows.indexOf(cell.parentElement);
    const to = (r, c) => all("td.c", rows[Math.min(Math.max(r, 0), rows.length - 1)])[Math.min(Math.max(c, 0), cells.length - 1)];
    const next = {
      ArrowLeft: () => to(row, at - 1), ArrowRight: () => to(row, at + 1),
      ArrowUp: () => to(row - 1, at), ArrowDown: () => to(row + 1, at),
      Home: () => to(event.ctrlKey ? 0 : row, 0), End: () => to(event.ctrlKey ? rows.length - 1 : row, cells.length - 1),
    }[event.key];
    if (next) {
      event.preventDefault();
      rove(next());
      current.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      openCell(cell);
    }
  });
  table.addEventListener("click", event => {
    const cell = event.target.closest("td.c");
    if (cell) openCell(cell);
  });
  function openCell(cell) {
    rove(cell);
    cell.focus();
    showEntry(Number(cell.parentElement.dataset.row), Number(headers[cell.cellIndex].dataset.set));
  }

  one("#filter").addEventListener("input", event => { view.filter = event.target.value; arrange(); });
  one("#deviations").addEventListener("change", event => { view.deviations = event.target.checked; arrange(); });
  one("#numbers")?.addEventListener("change", event => { view.numbers = event.target.checked; arrange(); });
  one("#grouped")?.addEventListener("change", event => { view.flat = !event.target.checked; arrange(); });
  for (const box of all(".level")) {
    box.addEventListener("change", () => {
      view.hidden[box.checked ? "delete" : "add"](box.dataset.axis + ":" + box.value);
      arrange();
    });
  }

  // ---- Copies -------------------------------------------------------------------------------------------------
  const tex = text => text.replace(/[\\{}$&#_%~^]/g, letter => ({ "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" }[letter] ?? "\\" + letter))
    .replace(/−/g, "$-$").replace(/×/g, "$\\times$").replace(/±/g, "$\\pm$").replace(/–/g, "--").replace(/†/g, "\\dag{}").replace(/‡/g, "\\ddag{}").replace(/[▲▼]/g, "");
  function grid() {
    const words = cell => [...cell.childNodes]
      .filter(node => node.nodeName !== "I" || view.deviations).map(node => node.textContent).join("").trim();
    const head = headers.map(header => one("button", header).innerHTML.replace(/<br\/?>/g, "/").trim());
    const decoded = head.map(text => new DOMParser().parseFromString(text, "text/html").body.textContent);
    const rows = [...body().rows].filter(row => !row.hidden);
    // A heading has no figures: it is one entry.
    return [decoded, ...rows.map(row => row.dataset.row ? [...row.cells].map(words) : [words(row.cells[0])])];
  }
  const formats = {
    csv: rows => rows.filter(row => row.length > 1).map(row => row.map(text => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text).join(",")).join("\n"),
    md: ([head, ...rows]) => {
      const line = cells => "| " + cells.map(text => text.replaceAll("|", "\\|")).join(" | ") + " |";
      const whole = row => row.length > 1 ? row : head.map((_, i) => i ? "" : `*${row[0]}*`);
      return [line(head), line(head.map((_, i) => i ? "---:" : "---")), ...rows.map(row => line(whole(row)))].join("\n");
    },
    tex: ([head, ...rows]) => {
      const line = cells => cells.length > 1 ? cells.map(tex).join(" & ") + " \\\\"
        : `\\multicolumn{${head.length}}{l}{\\emph{${tex(cells[0])}}} \\\\`;
      return [`\\begin{tabular}{l${"r".repeat(head.length - 1)}}`, "\\toprule", line(head), "\\midrule", ...rows.map(line), "\\bottomrule", "\\end{tabular}"].join("\n");
    },
  };
  one("#copy").addEventListener("change", async event => {
    const format = event.target.value, copied = one("#copied");
    event.target.value = "";
    if (!formats[format]) return;
    const text = formats[format](grid()) + "\n";
    copied.value = text;
    copied.hidden = false;
    copied.select();
    one("#shown").textContent = await copy(text) ? "copied; the text stands under here too" : "the text stands under here";
  });
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }

  // ---- Panel --------------------------------------------------------------------------------------------------
  let opened = null;
  function show(title, content, link) {
    const close = make("button", { class: "close", "aria-label": "Close" }, "close ✕");
    close.addEventListener("click", () => panel.close());
    const inside = make("div", { class: "inside" }, close, make("h2", { id: "panel-title" }, title), ...content);
    panel.replaceChildren(inside);
    opened = link;
    if (!panel.open) panel.showModal();
    panel.scrollTop = 0;
    remember();
  }
  panel.addEventListener("close", () => { opened = null; remember(); current?.isConnected && restore?.focus(); restore = null; });
  panel.addEventListener("click", event => { if (event.target === panel) panel.close(); });
  let restore = null;
  const from = () => { if (!panel.open) restore = document.activeElement; };

  const unpacked = (run, i) => {
    const per = data.pooled ? run.ids.length / data.id_digits / run.folds.length : 1;
    return Array.from({ length: per }, (_, k) => run.ids.substr((i * per + k) * data.id_digits, data.id_digits));
  };
  function showEntry(row, set) {
    if (!data) return;
    from();
    const facts = data.metrics.find(metric => metric.name === view.metric), decimals = data.decimals;
    const title = `${data.rows[row].name} on ${data.sets[set].name}`;
    const content = [make("p", {}, make("b", {}, capital(facts.title)), ": " + data.said[view.metric][row][set])];
    const runs = data.runs[row]?.[set];
    if (!runs) {
      content.push(make("p", { class: "note" }, "With so many trials the page keeps the runs of the best rows alone: longtail explain shows these."));
      return show(title, content, [view.metric, row, set]);
    }
    const value = (run, i) => run.values[view.metric][i] === null ? null : run.values[view.metric][i] / data.unit;
    const other = data.baseline === null || data.baseline === row ? null : data.runs[data.baseline]?.[set];
    const partner = new Map();
    other?.numbers.forEach((number, i) => { if (number !== null) partner.set(number, value(other, i)); });
    const lines = runs.folds.map((fold, i) => {
      const own = value(runs, i), base = runs.numbers[i] === null ? null : partner.get(runs.numbers[i]) ?? null;
      const difference = own === null || base === null ? null : facts.sign * (own - base);
      return { fold, seed: runs.seeds[i], own, base, difference, epoch: runs.epochs[i], time: runs.times[i], ids: unpacked(runs, i) };
    });
    const pairs = lines.filter(line => line.difference !== null);
    if (pairs.length) {
      content.push(make("h3", {}, "Every run, joined with the baseline’s of the same fold and seed"), strip(pairs),
        make("p", { class: "note" }, "Filled: this row. Open: the baseline. Blue line: this row is better."));
    }
    content.push(make("h3", {}, "Runs"), runTable(lines, decimals));
    const command = make("pre", { id: "replay" }, "");
    const fill = id => { command.textContent = `longtail replay ${id} ${data.store}`; };
    const firstRun = lines.find(line => line.time !== null);
    if (firstRun) {
      fill(firstRun.ids[0]);
      const button = make("button", {}, "copy");
      button.addEventListener("click", async () => { button.textContent = await copy(command.textContent) ? "copied" : "select it"; });
      content.push(make("h3", {}, "Compute it again, bit for bit"), make("div", { class: "command" }, command, button),
        make("p", { class: "note" }, "An identity in the table puts its run into the command."));
    }
    content.push(make("h3", {}, "What was run"));
    for (const [spec, n] of runs.specs) {
      if (runs.specs.length > 1) content.push(make("p", { class: "note" }, `${n} runs:`));
      content.push(make("pre", { tabindex: "0" }, data.specs[spec]));
    }
    content.push(make("p", { class: "note" }, "data set: ", make("code", {}, data.sets[set].digest)));
    show(title, content, [view.metric, row, set]);
    for (const button of all("[data-id]", panel)) button.addEventListener("click", () => fill(button.dataset.id));
  }

  function runTable(lines, decimals) {
    const head = [data.pooled ? "" : "fold", "seed", "value", "− baseline", "epoch", "time", "cell"];
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...head.filter(text => text).map(text => make("th", { scope: "col" }, text)))));
    const body = make("tbody");
    const cell = text => make("td", {}, text ?? "–");
    for (const line of lines) {
      const ids = line.ids.map(id => line.time === null ? make("code", {}, id) : make("button", { class: "mono", "data-id": id, "aria-label": `replay ${id}` }, id));
      const own = line.own === null ? (line.time === null ? "not run" : "–") : plain(line.own, decimals);
      const cells = [cell(String(line.seed)), cell(own), cell(line.difference === null ? null : signed(line.difference, decimals)),
        cell(line.epoch === null ? null : String(line.epoch)), cell(line.time === null ? null : `${line.time} ms`), make("td", {}, ...ids)];
      body.append(make("tr", {}, ...(data.pooled ? [] : [cell(String(line.fold))]), ...cells));
    }
    table.append(body);
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Runs" }, table);
  }

  function strip(pairs) {
    const values = pairs.flatMap(pair => [pair.own, pair.base]);
    const low = Math.min(...values), high = Math.max(...values), length = high - low || 1;
    const x = value => `${4 + 92 * (value - low) / length}%`;
    const svg = draw("svg", { class: "pairs", role: "img", "aria-label": `${pairs.filter(pair => pair.difference > 0).length} of ${pairs.length} runs are better than the baseline's` });
    for (const pair of pairs) svg.append(draw("line", { class: pair.difference < 0 ? "down" : "up", x1: x(pair.base), y1: 56, x2: x(pair.own), y2: 12 }));
    for (const pair of pairs) {
      svg.append(draw("circle", { class: "dot", cx: x(pair.base), cy: 56, r: 4 }));
      svg.append(draw("circle", { class: "estimate", cx: x(pair.own), cy: 12, r: 4, "data-tip": `fold ${pair.fold}, seed ${pair.seed}: ${plain(pair.own, data.decimals)}, ${signed(pair.difference, data.decimals)}` }));
    }
    for (const value of new Set([low, (low + high) / 2, high])) {
      const text = draw("text", { x: x(value), y: 80, "text-anchor": "middle" });
      text.textContent = plain(value, data.decimals - 1);
      svg.append(text);
    }
    return svg;
  }

  // A row: its families and data sets, each of which opens its runs.
  function showRow(row) {
    if (!data) return;
    from();
    const facts = data.metrics.find(metric => metric.name === view.metric);
    const line = one(`tr[data-row="${row}"]`, body());
    const body_ = make("tbody");
    for (const header of headers.filter(header => header.dataset.set !== undefined)) {
      const set = Number(header.dataset.set), cell = line.cells[column(header)];
      const button = make("button", { class: "link" }, data.sets[set].name);
      button.addEventListener("click", () => showEntry(row, set));
      const shade = [...cell.classList].filter(name => /^[pn][1-4]$/.test(name)).join(" ");
      body_.append(make("tr", {}, make("th", { scope: "row" }, button), make("td", { class: "text" }, data.sets[set].family),
        make("td", { class: shade }, cell.firstChild?.nodeValue ?? "–")));
    }
    const head = ["data set", "family", facts.title].map((text, i) => make("th", { scope: "col", class: i === 1 ? "text" : "" }, text));
    show(data.rows[row].name, [
      make("p", { class: "note" }, row === data.baseline ? "The baseline: the other rows are compared with it." : "Shaded by the difference from the baseline. A data set opens its runs."),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Data sets" }, make("table", {}, make("thead", {}, make("tr", {}, ...head)), body_)),
    ], [view.metric, row]);
  }
  document.addEventListener("click", event => {
    const open = event.target.closest("[data-open]"), metric = event.target.closest("[data-choose]");
    if (open) showRow(Number(open.dataset.open));
    if (metric) choose(metric.dataset.choose);
  });
  one("#metric").addEventListener("change", event => choose(event.target.value));

  // ---- Figures that show one row ------------------------------------------------------------------------------
  const menus = all(".choose-row");
  function drawRow(menu) {
    const figure = menu.dataset.for, row = data?.rows[menu.value];
    if (!row) return;
    if (figure === "classes") one("[data-classes]").innerHTML = row.classes;
    if (figure === "curves") for (const group of all("[data-panel]")) group.innerHTML = row.curves[group.dataset.panel];
    if (figure === "scores") for (const group of all("[data-score]")) group.innerHTML = row.scores[group.dataset.score] ?? "";
    const chosen = one("[data-chosen]", menu.closest(".choose"));
    if (chosen) chosen.textContent = row.name;
    if (menu.selectedIndex > 0) view.rows.set(figure, row.name);
    else view.rows.delete(figure);
  }
  for (const menu of menus) menu.addEventListener("change", () => { drawRow(menu); remember(); });
  const panels = one("#all-panels");
  function drawPanels() {
    one("#panels").classList.toggle("all", view.panels);
    panels.setAttribute("aria-expanded", String(view.panels));
    panels.textContent = view.panels ? "show fewer" : `show all ${all(".panel").length} data sets`;
  }
  panels?.addEventListener("click", () => { view.panels = !view.panels; drawPanels(); remember(); });

  // ---- Tips ---------------------------------------------------------------------------------------------------
  document.addEventListener("pointerover", event => {
    const text = event.target.closest?.("[data-tip]")?.dataset.tip;
    tip.hidden = !text;
    if (!text) return;
    (panel.open ? panel : document.body).append(tip);
    tip.textContent = text;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 4))}px`;
    tip.style.top = `${event.clientY - height - 10 < 0 ? event.clientY + 14 : event.clientY - height - 10}px`;
  });

  // ---- Theme --------------------------------------------------------------------------------------------------
  const themes = ["", "dark", "light"];
  function paint() {
    if (view.theme) document.documentElement.dataset.theme = view.theme;
    else delete document.documentElement.dataset.theme;
    const name = view.theme || "system";
    one("#theme span").textContent = name;
    one("#theme").setAttribute("aria-label", view.theme ? `Theme: ${name}` : "Theme: as the system");
  }
  one("#theme").addEventListener("click", () => {
    view.theme = themes[(themes.indexOf(view.theme) + 1) % themes.length];
    paint();
    remember();
  });

  // ---- The address keeps the view -----------------------------------------------------------------------------
  // `#section&metric=...&sort=-rank&filter=...&hide=...&curves=row&classes=row&scores=row&cell=metric,row,set`
  let anchor = "", ready = false;
  const named = place => headers[place].dataset.key ?? data?.sets[headers[place].dataset.set].name ?? "";
  function remember() {
    if (!ready) return;
    const parts = [anchor].filter(text => text);
    const put = (key, text) => parts.push(`${key}=${encodeURIComponent(text)}`);
    if (view.metric && view.metric !== first) put("metric", view.metric);
    if (view.sort) put("sort", (view.sort.down ? "-" : "") + named(view.sort.place));
    if (view.filter) put("filter", view.filter);
    for (const level of view.hidden) put("hide", level);
    for (const [figure, row] of view.rows) put(figure, row);
    if (view.deviations) put("deviations", "1");
    if (view.numbers) put("numbers", "1");
    if (view.flat) put("flat", "1");
    if (view.panels) put("panels", "all");
    if (view.theme) put("theme", view.theme);
    if (opened && data) put("cell", [opened[0], data.rows[opened[1]].name, ...(opened.length > 2 ? [data.sets[opened[2]].name] : [])].map(encodeURIComponent).join(","));
    const hash = parts.length ? "#" + parts.join("&") : " ";
    history.replaceState(null, "", hash === " " ? location.pathname + location.search : hash);
  }
  function recall() {
    const parts = location.hash.slice(1).split("&").filter(text => text);
    let cell = null, metric = null;
    anchor = "";
    for (const part of parts) {
      const at = part.indexOf("=");
      const [key, text] = at < 0 ? [part, null] : [part.slice(0, at), decode(part.slice(at + 1))];
      if (text === null) anchor = key;
      else if (key === "metric") metric = text;
      else if (key === "filter") one("#filter").value = view.filter = text;
      else if (key === "deviations") one("#deviations").checked = view.deviations = true;
      else if (key === "numbers" && one("#numbers")) one("#numbers").checked = view.numbers = true;
      else if (key === "flat" && one("#grouped")) { one("#grouped").checked = false; view.flat = true; }
      else if (key === "panels" && panels) { view.panels = true; drawPanels(); }
      else if (key === "theme" && themes.includes(text)) view.theme = text;
      else if (key === "hide") {
        const box = all(".level").find(box => box.dataset.axis + ":" + box.value === text);
        if (box) { box.checked = false; view.hidden.add(text); }
      } else if (key === "sort") {
        const down = text.startsWith("-"), name = down ? text.slice(1) : text;
        const place = headers.findIndex((_, i) => named(i) === name);
        if (place >= 0) view.sort = { place, down };
      } else if (menus.some(menu => menu.dataset.for === key)) {
        const menu = menus.find(menu => menu.dataset.for === key);
        const option = [...menu.options].find(option => data?.rows[option.value].name === text);
        if (option) { menu.value = option.value; drawRow(menu); }
      } else if (key === "cell") cell = text.split(",").map(decode);
    }
    paint();
    if (data) choose(cell?.[0] ?? metric ?? view.metric);
    if (anchor) document.getElementById(anchor)?.scrollIntoView({ behavior: "instant" });
    if (cell && data) {
      const row = data.rows.findIndex(row => row.name === cell[1]);
      const set = data.sets.findIndex(set => set.name === cell[2]);
      if (row >= 0 && set >= 0) showEntry(row, set);
      else if (row >= 0) showRow(row);
    }
  }
  function decode(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }
  for (const link of all('a[href^="#"]')) {
    link.addEventListener("click", event => {
      event.preventDefault();
      anchor = link.getAttribute("href").slice(1);
      const section = document.getElementById(anchor);
      section?.scrollIntoView();
      section?.focus({ preventScroll: true });
      remember();
    });
  }
  addEventListener("hashchange", recall);
  recall();
  arrange();
  ready = true;
  document.documentElement.dataset.ready = "";
})();
