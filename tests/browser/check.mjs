// What a browser makes of /dashboard: see run.sh, which starts what this talks to.
//
//   node check.mjs BASE-ADDRESS OUT-FOLDER {circles|boundaries}
//
// Every expectation that fails is printed; the exit status says whether there was one.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base, out, map] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PASSWORD = process.env.PAKN_DEMO_PASSWORD;
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const NARROWEST = { width: 360, height: 740 };
const MOST_BYTES = 300_000;
const MOST_PAINT_MS = 1_000;
const AUGUST = "2022-08-01";

let failures = 0;
function expect(what, holds, more = "") {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}${more === "" ? "" : `: ${more}`}`);
  if (!holds) failures += 1;
}

await mkdir(out, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--lang=vi"], env: { ...process.env, LANGUAGE: "vi" } });

async function visitor(options = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, locale: "vi-VN", acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("status of 422")) expect("nothing is complained of", false, message.text()); });
  page.on("pageerror", (error) => expect("no script fails", false, error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith("data:")) expect("nothing is asked of anybody else", false, url);
  });
  return { context, page };
}

async function signIn(page, next = "/dashboard") {
  await page.goto(base + next);
  expect("without a session there is the sign-in", page.url().startsWith(`${base}/dashboard/sign-in`), page.url());
  await page.fill("#login", "demo.steering");
  await page.fill("#password", PASSWORD);
  await page.click("form button[type=submit]");
  await page.waitForSelector("main .headline, main .nothing");
}

// Violations of axe-core in the page as it is: every rule but the experimental ones.
async function axed(page, where) {
  const found = await page.evaluate(`(() => { const module = undefined; ${axe}; return globalThis.axe.run(document, { resultTypes: ["violations"] }); })()`);
  const told = found.violations.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 160)} ${one.nodes[0].failureSummary.replace(/\s+/g, " ").slice(0, 200)}`);
  expect(`axe finds nothing, ${where}`, told.length === 0, told.join("\n     "));
}

const rate = (page) => page.textContent(".headline .figure");

// 1. The whole of it, with scripts.
{
  const { context, page } = await visitor();
  await signIn(page, `/dashboard?as_of=${AUGUST}`);
  expect("after it one is where one wanted to go", page.url().endsWith(`/dashboard?as_of=${AUGUST}`), page.url());
  const [cookie] = (await context.cookies(`${base}/dashboard`)).filter((one) => one.name === "pakn_session");
  expect("the cookie is out of reach of scripts and other sites", cookie?.httpOnly && cookie.sameSite === "Strict" && cookie.path === "/dashboard");
  expect("the language is Vietnamese", (await page.getAttribute("html", "lang")) === "vi");
  for (const part of ["svg.chart.wide", "svg.chart.wide .band", "svg.chart.wide .forecast", ".ranking table", "svg.units .unit", ".fields table", ".lateness table", ".satisfaction table"]) {
    expect(`${part} is seen`, await page.locator(part).first().isVisible());
  }
  const shapes = await page.locator(map === "boundaries" ? "svg.units path.unit" : "svg.units circle.unit").count();
  expect("the map has all communes", shapes === 126, shapes);
  const august = await rate(page);

  // The instant changes without a full reload, by date and by slider, and the address follows.
  await page.evaluate(() => { window.stays = true; });
  await page.fill("#as_of", "2022-12-01");
  await page.waitForFunction((before) => document.querySelector(".headline .figure")?.textContent !== before, august);
  expect("the address follows", page.url().includes("as_of=2022-12-01"), page.url());
  expect("the page was not loaded anew", await page.evaluate(() => window.stays === true));
  expect("two steps are met", (await page.locator(".steps .status.met").count()) === 2);
  const december = await rate(page);
  await page.focus("#slide");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => location.search.includes("as_of=2022-11-30"));
  await page.waitForSelector('main:not([aria-busy="true"])');
  expect("the slider keeps the focus", await page.evaluate(() => document.activeElement.id === "slide"));
  await page.goBack();
  await page.waitForFunction((rate) => document.querySelector(".headline .figure")?.textContent === rate, december);
  await page.check("#level-commune");
  await page.waitForFunction(() => location.search.includes("level=commune") && !document.querySelector(".headline .levels"));
  await page.goto(`${base}/dashboard?as_of=${AUGUST}`);
  expect("an address shows what it showed", (await rate(page)) === august, await rate(page));

  const [xlsx] = await Promise.all([page.waitForEvent("download"), page.click('.downloads a[href*=".xlsx"]')]);
  const file = await readFile(await xlsx.path());
  expect("the XLSX is one", file.subarray(0, 2).toString() === "PK" && xlsx.suggestedFilename() === "pakn-rates.xlsx", file.length);

  await page.goto(`${base}/dashboard?as_of=${AUGUST}`);
  await page.click(".lateness p a");
  await page.waitForSelector(".list tbody tr");
  expect("a number leads to its petitions", (await page.locator(".list tbody tr").count()) === 100);
  await axed(page, "the list of petitions");
  await page.goto(`${base}/dashboard?as_of=gestern%3Cscript%3Ealert(1)%3C/script%3E`);
  expect("a wrong day is said", await page.locator("[role=alert]").isVisible());
  await axed(page, "after a mistake");
  await page.goto(`${base}/dashboard?as_of=${AUGUST}&lang=en`);
  expect("English on demand", (await rate(page)).endsWith("%") && (await rate(page)).includes("."), await rate(page));

  // Weight and first paint, with nothing in the cache.
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.clearBrowserCache");
  const sizes = { wire: 0, whole: 0 };
  session.on("Network.loadingFinished", (event) => { sizes.wire += event.encodedDataLength; });
  session.on("Network.dataReceived", (event) => { sizes.whole += event.dataLength; });
  await page.goto(`${base}/dashboard?as_of=${AUGUST}`, { waitUntil: "networkidle" });
  await page.waitForTimeout(300);
  expect("the page weighs little", sizes.whole < MOST_BYTES, `${sizes.whole} bytes, ${sizes.wire} on the wire`);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  expect("the page is there at once", paint < MOST_PAINT_MS, `first contentful paint after ${Math.round(paint)} ms`);

  // How long the server takes for it, without a browser's part.
  const took = [];
  for (let turn = 0; turn < 21; turn += 1) {
    const began = performance.now();
    await (await context.request.get(`${base}/dashboard?as_of=${AUGUST}`)).body();
    took.push(performance.now() - began);
  }
  took.sort((one, other) => one - other);
  console.log(`     the server takes ${took[10].toFixed(0)} ms, at most ${took[20].toFixed(0)} ms, of 21`);

  // On paper: one page, also with all months of a year behind it, and in the language with the longer words.
  for (const query of [`as_of=${AUGUST}`, "as_of=2022-12-01&lang=en", "as_of=2023-02-01&level=commune", "as_of=2001-01-01"]) {
    await page.goto(`${base}/dashboard?${query}`);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    if (query === `as_of=${AUGUST}`) await writeFile(join(out, `dashboard-${map}.pdf`), pdf);
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g)?.length;
    expect(`it prints on one page, ${query}`, pages === 1, pages);
  }

  await page.click("header button");
  expect("signing out leads to the sign-in", page.url().startsWith(`${base}/dashboard/sign-in`));
  await page.goto(`${base}/dashboard`);
  expect("and ends the session", page.url().startsWith(`${base}/dashboard/sign-in`));
  await context.close();
}

// Those that the README shows.
const kept = { desktop: "light", phone: "dark" };

// 2. Light and dark, phone and desktop: looked at, and axed.
for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [["phone", PHONE], ["desktop", DESKTOP], ["narrowest", NARROWEST]]) {
    const { context, page } = await visitor({ viewport, colorScheme, deviceScaleFactor: name === "phone" ? 2 : 1 });
    await page.goto(`${base}/dashboard/sign-in`);
    await axed(page, `sign-in, ${name}, ${colorScheme}`);
    await signIn(page, `/dashboard?as_of=${AUGUST}`);
    await page.waitForTimeout(200);
    await axed(page, `${name}, ${colorScheme}`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(`nothing sticks out, ${name}, ${colorScheme}`, wider <= 0, wider);
    if (name !== "narrowest") {
      await page.screenshot({ path: join(out, `${name}-${colorScheme}-${map}.png`), fullPage: true });
    }
    if (kept[name] === colorScheme && map === "circles") {
      const clip = { x: 0, y: 0, width: viewport.width, height: name === "phone" ? 2300 : await page.evaluate(() => document.documentElement.scrollHeight) };
      await page.screenshot({ path: join(out, `${name}.png`), fullPage: true, clip, scale: "css" });
    }
    await context.close();
  }
}

// 3. Without scripts.
{
  const { context, page } = await visitor({ javaScriptEnabled: false });
  await page.goto(`${base}/dashboard?as_of=${AUGUST}`);
  await page.fill("#login", "demo.steering");
  await page.fill("#password", PASSWORD);
  await page.click("form button[type=submit]");
  const august = await rate(page);
  await page.fill("#as_of", "2022-12-01");
  await page.click("#controls button");
  expect("without scripts the form chooses", page.url().includes("as_of=2022-12-01") && (await rate(page)) !== august, page.url());
  await page.click(".curve details summary");
  expect("without scripts the tables unfold", await page.locator(".curve details table").isVisible());
  await page.click("header button");
  expect("without scripts one signs out", page.url().startsWith(`${base}/dashboard/sign-in`));
  await context.close();
}

await browser.close();
console.log(failures === 0 ? "all as expected" : `${failures} not as expected`);
process.exit(failures === 0 ? 0 : 1);
