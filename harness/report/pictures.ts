import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { Failure, messageOf } from "#core/errors.ts";
import type { RunRecord } from "#core/result.ts";
import { reporterNamed } from "#harness/reporters/index.ts";
import { readResult } from "./read.ts";
import { storyOf } from "./story.ts";
import { terminalPage } from "./terminal-page.ts";

/** Makes the README's pictures from a real run: `node harness/report/pictures.ts <result folder> <out folder>`. */

/** A reader's laptop, and the narrowest telephone that still matters. */
const SIZES = [
  { name: "wide", width: 1_280, height: 1_500 },
  { name: "narrow", width: 400, height: 1_500 },
] as const;
/** Sharp on the displays on which a README is read. */
const DENSITY = 2;
const TERMINAL = { columns: 100, rows: 40 } as const;

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"] as const;

/** A browser from the PATH. @throws Failure that says how to get one. */
export function findBrowser(path: string): string {
  for (const folder of path.split(delimiter)) {
    for (const name of NAMES) {
      const candidate = join(folder, name);
      if (folder !== "" && existsSync(candidate)) return candidate;
    }
  }
  throw new Failure(
    "environment",
    [`none of ${NAMES.join(", ")} is on the PATH; pictures are taken by a real browser`],
    "Install one, on Debian and Ubuntu by: apt-get install chromium",
  );
}

/** What the terminal showed at a moment of the load: the records up to it, replayed through the live reporter. */
export function terminalAt({ result, records }: RunRecord, atMs: number, zeroMs: number): string {
  let frame = "";
  const output = {
    write(text: string) {
      if (text.includes("\u001b[?2026h")) frame = text;
    },
    ...TERMINAL,
    isTTY: true,
  };
  const reporter = reporterNamed("live", output, {});
  const { load } = result.scenario;
  reporter.planned(
    [
      `${result.scenarioName}   ${result.substrate}   scale 1:${load.scale}   seed ${result.seed}   commit ${result.commit}`,
    ],
    { scenario: result.scenario, topology: result.topology },
  );
  for (const record of records) {
    if (record.at > zeroMs + atMs) break;
    reporter.record(record);
  }
  return frame;
}

/** The block that stays when a run has ended. */
export function terminalEnd({ result, records }: RunRecord, folder: string): string {
  let text = "";
  const reporter = reporterNamed("lines", { write: (part) => (text += part), ...TERMINAL }, { FORCE_COLOR: "1" });
  for (const record of records) reporter.record(record);
  text = "";
  reporter.ended(result, folder);
  return text;
}

/** The most telling moment: the middle of the last fault that was in force, or of the run. */
function tellingMoment(record: RunRecord): number {
  const { faults, series } = storyOf(record);
  const windows = faults.flatMap(({ window }) => (window === undefined ? [] : [window]));
  const chosen = windows[Math.floor(windows.length / 2)] ?? { fromMs: 0, toMs: series.seconds * 1_000 };
  return (chosen.fromMs + chosen.toMs) / 2;
}

async function takeReport(browser: Browser, folder: string, out: string): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const { name, width, height } of SIZES) {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme, deviceScaleFactor: DENSITY });
      await page.goto(pathToFileURL(join(folder, "report.html")).href);
      const place = join(out, `report-${name}-${colorScheme}`);
      await page.screenshot({ path: `${place}.png` });
      await page.locator("#time").screenshot({ path: `${place}-time.png` });
      taken.push(`${place}.png`, `${place}-time.png`);
      await page.close();
    }
  }
  return taken;
}

async function takeTerminal(
  browser: Browser,
  record: RunRecord,
  folder: string,
  out: string,
): Promise<readonly string[]> {
  const { zeroMs } = storyOf(record).series;
  const views = [
    ["terminal-live", terminalAt(record, tellingMoment(record), zeroMs)],
    ["terminal-verdict", terminalEnd(record, `results/${record.result.scenarioName}/${folder.split("/").at(-1)}`)],
  ] as const;
  const taken: string[] = [];
  for (const [name, text] of views) {
    const page = await browser.newPage({ viewport: { width: 1_000, height: 600 }, deviceScaleFactor: DENSITY });
    await page.setContent(terminalPage(text, `npm run scenario ${record.result.scenarioName}`));
    await page.locator("figure").screenshot({ path: join(out, `${name}.png`), omitBackground: true });
    taken.push(join(out, `${name}.png`));
    await page.close();
  }
  await writeFile(join(out, "terminal-live.ansi"), views[0][1]);
  return taken;
}

async function main([from, to]: readonly string[]): Promise<number> {
  if (from === undefined || to === undefined) {
    process.stderr.write("usage: node harness/report/pictures.ts <result folder> <out folder>\n");
    return 64;
  }
  const [folder, out] = [resolve(from), resolve(to)];
  const record = await readResult(folder);
  const executablePath = findBrowser(process.env.PATH ?? "");
  await mkdir(out, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
  try {
    const taken = [...(await takeReport(browser, folder, out)), ...(await takeTerminal(browser, record, folder, out))];
    for (const path of taken) process.stdout.write(`${path}\n`);
  } finally {
    await browser.close();
  }
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exitCode = thrown instanceof Failure ? thrown.exitCode : 70;
  }
}
