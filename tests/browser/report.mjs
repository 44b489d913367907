// The report as a page, in a browser. `scripts/browser` runs it, with the driver and the browser in the environment.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { chromium } = await import(process.env.PLAYWRIGHT);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const folder = mkdtempSync(join(tmpdir(), "schema-check-browser-"));

/** The page that the tool writes, whatever its verdict. */
const report = (...args) => {
  const options = { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] };
  try {
    return execFileSync(process.env.SCHEMA_CHECK, [...args, "--format", "html"], options);
  } catch (error) {
    if (error.status !== 1) throw error;
    return error.stdout;
  }
};

const sql = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const system = "fixtures/systems/canonical_core";
const drifted = ["cost_precision", "report_on_run", "storage_check_weaker"].map((name) => `${system}/drifted/${name}.sql`);
const page = report("check", "--spec", "specs/canonical_core.yaml", "--sql", `${system}/migrations`, ...drifted);

const columns = (type) =>
  Array.from({ length: 500 }, (_, table) => {
    const all = Array.from({ length: 20 }, (_, column) => `c${column} ${type}`);
    return `create table t${String(table).padStart(3, "0")} (${all.join(", ")});`;
  }).join("\n");
const long = report("diff", sql("int.sql", columns("int")), sql("bigint.sql", columns("bigint")));

const body = (line) => `create function f() returns int language plpgsql as $$\nbegin\n  ${line}\n  return 1;\nend $$;`;
const hostile = (type) =>
  `create table "<script>window.acted = 1</script>" (id int primary key, "x' onclick='y" ${type}, "]]></svg>" ${type});`;
const odd = report(
  "diff",
  sql("a.sql", hostile("int") + body("perform '<b onclick=x>';")),
  sql("b.sql", hostile("text") + body("perform '<i onclick=x>';")),
);
const clean = report("check", "--spec", "specs/job_queue.yaml", "--sql", "fixtures/systems/job_queue/prelude.sql", "fixtures/systems/job_queue/migrations");

// Over HTTP a browser asks for more than from a file, such as for an icon.
const served = { "/page": page, "/long": long, "/odd": odd, "/clean": clean };
served["/tampered"] = page.replace("<main>", "<main><script>window.acted = 1</script><p id=tampered style='color:red'>");
const asked = [];
const server = createServer((request, response) => {
  asked.push(request.url);
  response.writeHead(request.url in served ? 200 : 404, { "content-type": "text/html; charset=utf-8" });
  response.end(served[request.url]);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}`;

/**
 * Shows a page to `look`. Nothing may be asked for but the page, and nothing be said on the console: `blocked` is how
 * often a browser must say there that the policy of the page forbids something.
 */
const show = async (path, options, look, { blocked = 0 } = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const tab = await context.newPage();
  const said = [];
  tab.on("console", (message) => said.push(message.text()));
  tab.on("pageerror", (error) => said.push(String(error)));
  asked.length = 0;
  await tab.goto(address + path);
  await look(tab);
  assert.equal(said.length, blocked, said.join("\n"));
  assert.ok(said.every((one) => one.includes("Content Security Policy")), said.join("\n"));
  assert.deepEqual(asked, [path], "a page asks for nothing else");
  await context.close();
};

const visible = (tab, selector) => tab.locator(selector).filter({ visible: true }).count();
const fits = (tab) => tab.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
/** Contrasts of texts that are below what WCAG AA asks for. */
const pale = (tab) =>
  tab.evaluate(() => {
    const parse = (color) => color.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
      for (; element; element = element.parentElement) {
        const color = parse(getComputedStyle(element).backgroundColor);
        if (color.length === 3 || color[3] > 0) return color;
      }
      return [255, 255, 255];
    };
    const all = [...document.querySelectorAll("main *:not(svg *)")].filter((element) =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && element.checkVisibility());
    return all.flatMap((element) => {
      const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return contrast < 4.5 ? [`${element.tagName}.${element.className} ${contrast.toFixed(2)}`] : [];
    });
  });

const tests = {
  "the filter narrows by text, severity and kind": () =>
    show("/page", {}, async (tab) => {
      const all = await visible(tab, ".finding");
      assert.ok(all > 5);
      assert.equal(await tab.locator("#filter-count").textContent(), `${all} shown`);
      await tab.fill("#filter-text", "cost_usd type");
      await tab.waitForFunction(() => document.querySelector("#filter-count").textContent.startsWith("1 of"));
      assert.equal(await visible(tab, ".finding"), 1);
      assert.equal(await visible(tab, ".card"), 1);
      await tab.fill("#filter-text", "");
      await tab.selectOption("#filter-kind", "foreign key");
      await tab.waitForFunction((all) => document.querySelector("#filter-count").textContent === `2 of ${all} shown`, all);
      await tab.selectOption("#filter-kind", "");
      await tab.uncheck("input[value=error]");
      await tab.locator("#filter-none").waitFor({ state: "visible" });
      assert.equal(await visible(tab, ".finding"), 0);
    }),

  "without a script all is there but the filter": () =>
    show("/page", { javaScriptEnabled: false }, async (tab) => {
      assert.equal(await visible(tab, "#filter"), 0);
      assert.equal(await visible(tab, ".finding"), await tab.locator(".finding").count());
      assert.ok(await visible(tab, "svg .table"));
    }),

  "what is put into the page does not act": () =>
    show("/tampered", {}, async (tab) => {
      assert.equal(await tab.evaluate(() => window.acted), undefined);
      assert.notEqual(await tab.evaluate(() => getComputedStyle(document.querySelector("#tampered")).color), "rgb(255, 0, 0)");
      await tab.evaluate(() => fetch("/more").then(() => (window.acted = 1), () => 0));
      assert.equal(await tab.evaluate(() => window.acted), undefined);
    }, { blocked: 4 }),

  "names are text": () =>
    show("/odd", {}, async (tab) => {
      assert.equal(await tab.evaluate(() => window.acted), undefined);
      assert.match(await tab.locator(".card h3").allTextContents().then((all) => all.join()), /<script>window.acted = 1<\/script>/);
      assert.equal(await tab.locator("[onclick]").count(), 0);
      assert.ok(await fits(tab));
    }),

  "a code leads to what it means": () =>
    show("/page", {}, async (tab) => {
      await tab.locator(".finding a.code").first().click();
      await tab.locator(".explained[open]").waitFor();
      assert.ok(await visible(tab, ".explained[open] dd"));
    }),

  "a table leads to its card": () =>
    show("/page", {}, async (tab) => {
      await tab.locator("svg a").first().click();
      assert.equal(await tab.locator(".card:target").count(), 1);
    }),

  "nothing is wider than a phone, and nothing is pale": async () => {
    for (const path of ["/page", "/odd", "/clean"]) {
      for (const colorScheme of ["light", "dark"]) {
        await show(path, { viewport: { width: 390, height: 844 }, colorScheme }, async (tab) => {
          assert.ok(await fits(tab), path);
          await tab.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
          assert.deepEqual(await pale(tab), [], `${path} ${colorScheme}`);
        });
      }
    }
  },

  "on paper all is light, and nothing is folded away": () =>
    show("/page", { colorScheme: "dark" }, async (tab) => {
      await tab.emulateMedia({ media: "print" });
      assert.equal(await tab.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
      assert.equal(await visible(tab, "#filter"), 0);
      assert.deepEqual(await pale(tab), []);
      await tab.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await tab.locator("details:not([open])").count(), 0);
      assert.ok((await tab.pdf()).length > 10_000);
    }),

  "ten thousand findings can be read and filtered": () =>
    show("/long", {}, async (tab) => {
      assert.equal(await tab.locator(".finding").count(), 10_000);
      const begin = Date.now();
      await tab.fill("#filter-text", "public.t123");
      await tab.waitForFunction(() => document.querySelector("#filter-count").textContent === "20 of 10000 shown");
      assert.ok(Date.now() - begin < 10_000);
    }),
};

/** The pictures in the docs. */
const picture = async (name, options, clip) => {
  await show("/page", options, (tab) => tab.screenshot({ path: `docs/html-report-${name}.png`, ...clip }));
};
if (process.argv.includes("--screenshots")) {
  const desktop = { viewport: { width: 1200, height: 1950 } };
  await picture("light", { ...desktop, colorScheme: "light" });
  await picture("dark", { ...desktop, colorScheme: "dark" });
  await picture("phone", { viewport: { width: 390, height: 2400 }, colorScheme: "light" });
}

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  const begin = Date.now();
  try {
    await test();
    console.log(`ok ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}\n${error.stack}`);
  }
}
await browser.close();
server.close();
rmSync(folder, { recursive: true });
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
