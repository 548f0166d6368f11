import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

/** What a browser tells of a document that it should not: each sentence is something that ran, was loaded or was tried. */
export interface Watcher extends AsyncDisposable {
  signsOf(html: string): Promise<readonly string[]>;
  /** Whether the browser's XML parser takes a text. */
  isXml(text: string): Promise<boolean>;
}

/** Runs in the page, whose policy does not bind the one who holds its strings. */
const LOOK_AROUND = readFileSync(new URL("./look-around.js", import.meta.url), "utf8");

/** Handlers of elements run within a few milliseconds; an animation's or a refresh's first moment is included. */
const SETTLE_MS = 40;

/** Starts a real browser and shows it documents as a person would open them: as files. */
export async function openWatcher(executablePath: string): Promise<Watcher> {
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-hostile-"));
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  const url = pathToFileURL(join(folder, "report.html")).href;
  const signs = listen(page, url);
  return {
    async signsOf(html) {
      signs.length = 0;
      await writeFile(join(folder, "report.html"), html);
      await page.goto(url, { waitUntil: "load", timeout: 20_000 }).catch((thrown: unknown) => {
        signs.push(`the page did not load: ${String(thrown).split("\n")[0]}`);
      });
      await page.mouse.move(400, 300);
      await page.mouse.move(500, 400);
      await page.waitForTimeout(SETTLE_MS);
      signs.push(
        ...(await page.evaluate<string[]>(LOOK_AROUND).catch((thrown: unknown) => [`the page is gone: ${thrown}`])),
      );
      return [...new Set(signs)];
    },
    async isXml(text) {
      const parsed = `new DOMParser().parseFromString(${JSON.stringify(text)}, "application/xml")`;
      return await page.evaluate<boolean>(`${parsed}.querySelector("parsererror") === null`);
    },
    async [Symbol.asyncDispose]() {
      await close(browser);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function close(browser: Browser): Promise<void> {
  await browser.close();
}

function listen(page: Page, url: string): string[] {
  const signs: string[] = [];
  page.on("dialog", (dialog) => {
    signs.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss().catch(() => undefined);
  });
  page.on("request", (request) => {
    if (request.url() !== url) signs.push(`a request: ${request.url().slice(0, 100)}`);
  });
  page.on("popup", () => signs.push("a window was opened"));
  page.on("pageerror", (error) => signs.push(`an error in the page: ${error.message.slice(0, 200)}`));
  // The policy refuses loudly: what it had to refuse got through the escaping.
  page.on("console", (message) => signs.push(`on the console: ${message.text().slice(0, 200)}`));
  return signs;
}
