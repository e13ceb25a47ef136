// Opens a report in headless Chromium and uses it as a reader does. One line a mistake on standard output, and exit
// code 1; nothing and 0 if there is none.
//
//   node page.mjs NODE_MODULES CHROMIUM PAGE.html [SCREENSHOTS]
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join, resolve } from "node:path";

const [modules, chromium, file, screenshots] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "_"));
const puppeteer = require("puppeteer-core");
const axe = require.resolve("axe-core/axe.min.js");
const address = pathToFileURL(resolve(file)).href;

const mistakes = [];
const expect = (holds, what) => { if (!holds) mistakes.push(what); };

const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });

// A page at a size and in a scheme, of which every message and request is a mistake.
async function open({ width = 1600, scheme = "light", hash = "", script = true } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 1000 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setJavaScriptEnabled(script);
  page.on("console", message => mistakes.push(`console: ${message.text()}`));
  page.on("pageerror", error => mistakes.push(`error: ${error.message}`));
  page.on("request", request => {
    const url = request.url();
    if (url.split("#")[0] !== address && !url.startsWith("data:")) mistakes.push(`request: ${url}`);
  });
  await page.goto(address + hash);
  if (script) await page.waitForSelector("html[data-ready]");
  return page;
}

// What an event that the browser sends later brings about; if it never comes, that is the mistake.
const eventually = (page, holds, what) => page.waitForFunction(holds, { timeout: 10_000 }).catch(() => mistakes.push(what));

const texts = (page, selector) => page.$$eval(selector, found => found.map(one => one.textContent.trim()));
const column = (page, place) => page.$$eval("#main tbody tr[data-row]:not([hidden])", (rows, place) => rows.map(row => row.cells[place].firstChild?.nodeValue ?? row.cells[place].textContent), place);

async function accessible(page, where) {
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  for (const { id, help, nodes } of violations) mistakes.push(`axe, ${where}: ${id}: ${help}: ${nodes[0].html.slice(0, 160)}`);
}

async function fits(page, where) {
  const [inner, wide] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  expect(wide <= inner, `${where}: the page is ${wide} px wide and scrolls sideways`);
}

for (const scheme of ["light", "dark"]) {
  for (const width of [1600, 375]) {
    const where = `${scheme}, ${width} px`;
    const page = await open({ width, scheme });
    await fits(page, where);
    await accessible(page, where);
    if (screenshots) await page.screenshot({ path: join(screenshots, `${scheme}-${width}.png`), fullPage: true });
    await page.click("#main tbody td.c");
    await page.waitForSelector("dialog[open]");
    await fits(page, `${where}, panel`);
    await accessible(page, `${where}, panel`);
    if (screenshots) await page.screenshot({ path: join(screenshots, `${scheme}-${width}-panel.png`) });
    await page.close();
  }
}

{
  const page = await open();
  const head = await texts(page, "#main thead th[data-key] button, #main thead th[data-set] button");
  const metrics = await page.$$eval("#metric option", options => options.map(option => option.value));

  // Where rows stand under headings, they are sorted below each; a box takes the headings away, and a link keeps it so.
  const grouped = await page.$("#grouped");
  if (grouped) {
    const order = () => page.$$eval("#main tbody tr:not([hidden])", rows => rows.map(row => row.dataset.row ? row.dataset.group : "heading " + row.dataset.group));
    const under = (await order()).join();
    await page.$eval("#main thead th[data-set] button", button => button.click());
    expect((await order()).join() === under, "a sort leaves every row under its heading");
    await page.select("#copy", "md");
    await page.waitForFunction(() => document.querySelector("#copied").value !== "");
    const copied = await page.$eval("#copied", area => { const text = area.value; area.value = ""; return text; });
    const headings = await texts(page, "#main tbody tr.group th");
    expect(headings.length > 1 && headings.every(name => copied.includes(`| *${name}* |`)), "a copy has the headings");
    await grouped.click();
    expect((await order()).every(group => !group.startsWith("heading")), "the headings are gone");
    expect(await page.evaluate(() => location.hash.includes("flat=1")), "the address says so");
    await page.$eval("#main thead th[data-key=rank] button", button => button.click());
  }

  // Sorting: numbers by size, missing ones last either way.
  const first = await page.$("#main thead th[data-set] button");
  const place = await page.$eval("#main thead th[data-set]", th => th.cellIndex);
  const sorted = values => values.map(text => parseFloat(text.replace("−", "-"))).map(value => (isNaN(value) ? -Infinity : value));
  for (const way of ["descending", "ascending"]) {
    await first.click();
    expect(await page.$eval("#main thead th[data-set]", th => th.getAttribute("aria-sort")) === way, `sorting is ${way}`);
    const values = sorted(await column(page, place)).filter(value => value !== -Infinity);
    const wanted = [...values].sort((a, b) => (way === "ascending" ? a - b : b - a));
    expect(JSON.stringify(values) === JSON.stringify(wanted), `the first data set is sorted ${way}`);
  }
  await page.$eval("#main thead th[data-key=name] button", button => button.click());
  const names = await column(page, 0).then(() => texts(page, "#main tbody tr[data-row] th"));
  expect(JSON.stringify(names) === JSON.stringify([...names].sort((a, b) => a.localeCompare(b))), "rows are sorted by name");

  // Filtering and hiding change no rank.
  const ranks = new Map(await page.$$eval("#main tbody tr[data-row]", rows => rows.map(row => [row.dataset.row, row.cells[1].textContent])));
  await page.type("#filter", "focal");
  const kept = await page.$$eval("#main tbody tr[data-row]:not([hidden])", rows => rows.map(row => [row.dataset.row, row.cells[0].textContent, row.cells[1].textContent]));
  expect(kept.length > 0 && kept.length < ranks.size && kept.every(row => row[1].includes("focal")), "the filter keeps the rows with focal");
  expect(kept.every(([row, , rank]) => ranks.get(row) === rank), "a filter changes no rank");
  expect((await page.$eval("#shown", note => note.textContent)).includes(` of ${ranks.size} rows`), "the page says that it filters");
  await page.$eval("#filter", input => { input.value = ""; input.dispatchEvent(new Event("input")); });
  if (await page.$(".level")) {
    await page.click(".level");
    const shown = await page.$$eval("#main tbody tr[data-row]:not([hidden])", rows => rows.length);
    expect(shown < ranks.size, "a box hides the rows of a level");
    await page.click(".level");
  }

  // The metric: every place that goes by it, and back.
  const before = await page.$eval("#main tbody", body => body.textContent);
  const key = await page.$eval("[data-slot=key]", slot => slot.innerHTML);
  for (const metric of metrics.slice(1)) {
    await page.select("#metric", metric);
    expect((await page.$eval("[data-slot=key]", slot => slot.innerHTML)) !== key, `${metric} has a figure of its own`);
    expect(await page.$eval(`[data-metric="${metric}"]`, row => row.classList.contains("on")), `${metric} is marked`);
  }
  await page.select("#metric", metrics[0]);
  const after = await page.$eval("#main tbody", body => body.textContent);
  expect([...before].sort().join("") === [...after].sort().join(""), "the first metric comes back as it was");

  // Keyboard: one tab stop, arrows, Enter opens, Escape closes and gives the focus back.
  expect((await page.$$("#main td[tabindex='0']")).length === 1, "all entries are one tab stop");
  await page.focus("#main td[tabindex='0']");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const focused = "document.activeElement.tagName + document.activeElement.cellIndex + document.activeElement.parentElement.rowIndex";
  const was = await page.evaluate(focused);
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  const command = await page.$eval("#replay", pre => pre.textContent);
  expect(/^longtail replay [0-9a-f]{12} --experiment \S+/.test(command), `the command to replay: ${command}`);
  await eventually(page, () => location.hash.includes("cell="), "the address names the entry");
  const link = await page.evaluate(() => location.hash);
  const title = await page.$eval("#panel-title", title => title.textContent);
  const buttons = await page.$$("dialog [data-id]");
  await buttons[buttons.length - 1].click();
  const id = await buttons[buttons.length - 1].evaluate(button => button.dataset.id);
  expect((await page.$eval("#replay", pre => pre.textContent)).includes(id), "an identity goes into the command");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  await eventually(page, `${focused} === ${JSON.stringify(was)}`, "the focus is back where it was");
  await eventually(page, () => !location.hash.includes("cell="), "the address forgets a panel that is closed");

  // A row's name opens its data sets, each of which opens its runs.
  await page.click("#main tbody th button");
  await page.click("dialog tbody button");
  await page.waitForSelector("#replay");
  await page.keyboard.press("Escape");

  // Other rows in the figures that show one, each its own; the address keeps them.
  const figures = [["curves", "[data-panel]"], ["classes", "[data-classes]"], ["scores", "[data-score]"]];
  const shown = async page => {
    const parts = figures.map(([menu, drawn]) => page.evaluate((menu, drawn) => {
      const select = document.querySelector(`[data-for=${menu}]`), groups = [...document.querySelectorAll(drawn)];
      const legend = select?.closest(".choose").querySelector("[data-chosen]")?.textContent;
      return [select?.selectedOptions[0]?.textContent, legend, ...groups.map(group => group.innerHTML)].join("\n");
    }, menu, drawn));
    return Promise.all(parts);
  };
  const unchosen = await shown(page);
  for (const [i, [menu]] of figures.entries()) {
    const select = await page.$(`[data-for=${menu}]`);
    const rows = await select.$$eval("option", options => options.map(option => option.value));
    await select.select(rows[Math.min(i + 1, rows.length - 1)]);
    expect((await shown(page))[i] !== unchosen[i], `another row in ${menu}`);
  }
  const chosen = await shown(page), rowsLink = await page.evaluate(() => location.hash);
  for (const [menu] of figures) expect(rowsLink.includes(`&${menu}=`), `the address keeps the row in ${menu}: ${rowsLink}`);
  const opened = await open({ hash: rowsLink });
  expect((await shown(opened)).join() === chosen.join(), "a link restores the rows of figures");
  expect(await opened.evaluate(() => location.hash) === rowsLink, "a page that is opened keeps its link");
  for (const [menu] of figures) {
    await opened.select(`[data-for=${menu}]`, await opened.$eval(`[data-for=${menu}] option`, option => option.value));
  }
  expect((await shown(opened)).join() === unchosen.join(), "the first rows come back");
  expect(!/(curves|classes|scores)=/.test(await opened.evaluate(() => location.hash)), "the address forgets what every page starts with");
  await opened.close();

  // What a search has drawn says itself in words, and each setting under the pointer.
  if (await page.$("#search")) {
    const words = await page.$$eval("#search svg[role=img]", panels => panels.map(panel => panel.getAttribute("aria-label")));
    expect(words.length > 1 && words.every(text => /^average precision against .* of .*: \d+ settings/.test(text)), `the words of a search: ${words[0]}`);
    const dot = await page.$("#search .panel circle.chosen");
    await dot.scrollIntoView();
    await dot.hover();
    expect(/chosen in \d+ of \d+ runs/.test(await page.$eval("#tip", tip => tip.hidden ? "" : tip.textContent)), "a setting says how often it was chosen");
  }

  // Copies hold what is shown.
  for (const format of ["csv", "md", "tex"]) {
    await page.select("#copy", format);
    await page.waitForFunction(() => document.querySelector("#copied").value !== "");
    const copied = await page.$eval("#copied", area => area.value);
    await page.$eval("#copied", area => { area.value = ""; });
    const lines = copied.trim().split("\n").length;
    const wanted = ranks.size + { csv: 1, md: 2, tex: 6 }[format];
    expect(lines === wanted, `${format}: ${lines} lines, not ${wanted}`);
    if (format === "csv") expect(copied.startsWith("row,") && head.slice(-1).every(name => copied.includes(name)), "the header of the CSV");
  }

  // The theme goes round.
  for (const theme of ["dark", "light", undefined]) {
    await page.click("#theme");
    expect((await page.evaluate(() => document.documentElement.dataset.theme)) === theme, `the theme ${theme}`);
  }
  await page.close();

  // A link to a number opens it; a link to a view restores it.
  const linked = await open({ hash: link });
  expect((await linked.$eval("#panel-title", title => title.textContent)) === title, "a link opens the entry");
  await linked.close();
  const restored = await open({ hash: `#data&metric=${metrics[metrics.length - 1]}&filter=focal&theme=dark` });
  expect((await restored.$eval("#metric", select => select.value)) === metrics[metrics.length - 1], "a link restores the metric");
  expect((await restored.$eval("#filter", input => input.value)) === "focal", "a link restores the filter");
  expect(await restored.evaluate(() => Math.abs(document.querySelector("#data").getBoundingClientRect().top) < 120), "a link goes to its section");
  await restored.close();
}

{
  // Without script, the first metric is whole; on paper, controls are gone.
  const page = await open({ script: false });
  const dom = await page.accessibility.snapshot();
  expect(JSON.stringify(dom).includes("Every row on every data set"), "the page without script");
  await page.close();
  const printed = await open();
  await printed.emulateMediaType("print");
  expect(await printed.$eval(".tools", tools => getComputedStyle(tools).display === "none"), "no controls on paper");
  // A4 without its margins has 710 pixels; a last column beyond them would not be on paper.
  await printed.setViewport({ width: 710, height: 1000 });
  const beyond = await printed.evaluate(() => [...document.querySelectorAll("table, svg, figure")]
    .filter(it => 710 < it.getBoundingClientRect().right).map(it => it.id || it.className || it.tagName));
  expect(beyond.length === 0, `nothing beyond the paper: ${beyond}`);
  const pdf = await printed.pdf({ format: "A4" });
  expect(pdf.length > 10_000, "a printed page");
  await printed.close();
}

await browser.close();
for (const mistake of mistakes) console.log(mistake);
process.exitCode = mistakes.length ? 1 : 0;
