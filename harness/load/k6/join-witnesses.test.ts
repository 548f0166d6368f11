import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JoinedWitnesses } from "#core/witnesses.ts";
import { parseEdgeLine } from "#system/balancer/log-line.ts";
import { joinWitnesses } from "./join-witnesses.ts";

const RUN = "20261124T120000-0badcafe";
/** Date of the first planned request. */
const ZERO_DATE_MS = 1_795_500_000_000;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "witnesses-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Request {
  readonly name: string;
  /** Milliseconds from the first planned request. */
  readonly atMs: number;
  readonly tookMs: number;
  /** As the generator recorded it; undefined where it recorded nothing. */
  readonly status?: number;
  /** As the edge logged it, once for each. */
  readonly logged: readonly {
    readonly status: number;
    readonly end?: string;
    readonly id?: string;
    readonly bytes?: number;
  }[];
  readonly page?: string;
  readonly fresh?: boolean;
}

/** A good answer to a page, as both saw it. */
const page = (name: string, atMs: number): Request => ({
  name,
  atMs,
  tookMs: 12,
  status: 200,
  logged: [{ status: 200 }],
});

function recordOf({ name, atMs, tookMs, status, page: asked = "home", fresh = false }: Request): readonly string[] {
  if (status === undefined) return [];
  const [user = "0", step = "0", attempt = "1"] = name.split(".");
  const us = (ms: number): string => String(Math.round(ms * 1_000));
  const times = [us(atMs), us(atMs), us(atMs + tookMs)];
  const key = asked === "checkout" ? `${RUN}-u${user}-${step}` : "";
  const fields = ["A", "shoppers", "eu", user, step, attempt, asked, asked, ...times, String(status), "0"];
  return [[...fields, fresh ? "f" : "", `${RUN}.${name}`, key, ""].join("\t")];
}

function lineOf(id: string, beganMs: number, activeMs: number, status: number, end = "----", bytes = 785): string {
  const at = Math.floor(ZERO_DATE_MS + beganMs) - 500;
  const ms = { idle: 500, request: 0, queue: 0, connect: 0, response: activeMs, active: Math.floor(activeMs) };
  return JSON.stringify({
    id,
    at,
    method: "GET",
    path: "/",
    status,
    end,
    origin: "eu",
    backend: "b",
    server: "s",
    ms,
    bytes,
  });
}

const linesOf = ({ name, atMs, tookMs, logged }: Request): readonly string[] =>
  logged.map(({ status, end, id, bytes }) => lineOf(id ?? `${RUN}.${name}`, atMs + 1, tookMs - 2, status, end, bytes));

async function joined(
  requests: readonly Request[],
  more: { readonly log?: readonly string[]; readonly doorEndsMs?: readonly number[] } = {},
): Promise<JoinedWitnesses> {
  const [records, doorLog] = [join(folder, "records.tsv"), join(folder, "edge.log")];
  const own = ["eu", "us"].map((region) => lineOf(`${RUN}.gate.${region}.home.1`, -3_000, 4, 200));
  const said = ["[WARNING]  (42) : Server eu-to-eu/balancer-eu is DOWN.", "backend eu-to-eu has no server available!"];
  await writeFile(
    records,
    requests.flatMap(recordOf).map((line) => `${line}\n`),
  );
  await writeFile(
    doorLog,
    [...said, ...own, ...requests.flatMap(linesOf), ...(more.log ?? [])].map((line) => `${line}\n`),
  );
  const { doorEndsMs = [] } = more;
  return await joinWitnesses(
    { records, doorLog, parseLine: parseEdgeLine, runId: RUN, zeroDateMs: ZERO_DATE_MS, doorEndsMs },
    () => 0,
  );
}

/** Two minutes of a user a second. */
const calm = Array.from({ length: 120 }, (_, i) => page(`${i}.0.1`, i * 1_000));

describe("two logs that agree", () => {
  test("have a line for each answer; the harness's own requests and HAProxy's messages are none", async () => {
    expect(await joined(calm)).toMatchObject({
      attempts: 120,
      answers: 120,
      agreed: 120,
      lines: 122,
      own: 2,
      differences: {},
      clock: { samples: 120 },
    });
  });

  test("may differ in attempts without an answer: the edge never saw them, or answered to nobody", async () => {
    const gaveUp: Request = { name: "7.3.1", atMs: 5_000, tookMs: 8_000, status: 0, logged: [{ status: 200 }] };
    const refused: Request = { name: "8.3.1", atMs: 5_000, tookMs: 1, status: 0, logged: [] };
    const { differences, unanswered, agreed } = await joined([...calm, gaveUp, refused]);
    expect({ differences, unanswered, agreed }).toEqual({
      differences: {},
      unanswered: { seen: 1, unseen: 1 },
      agreed: 120,
    });
  });

  test("may have requests that were under way when the generator ended", async () => {
    const underWay: Request = { name: "9.9.1", atMs: 118_000, tookMs: 12, logged: [{ status: 200 }] };
    expect(await joined([...calm, underWay])).toMatchObject({ inFlight: 1, differences: {} });
  });

  test("may have an answer that the edge gave before it had read the request, as long as it logged one", async () => {
    const unread: Request = {
      name: "5.5.1",
      atMs: 9_000,
      tookMs: 12,
      status: 408,
      logged: [{ status: 408, id: "-", end: "cR--" }],
    };
    expect(await joined([...calm, unread])).toMatchObject({ unread: 1, nameless: 1, differences: {} });
    expect((await joined([...calm, { ...unread, logged: [] }])).differences).toEqual({ missing: 1 });
  });

  test("may lack the lines of the second in which the edge was killed, and no others", async () => {
    const lost = { ...page("5.5.1", 60_400), logged: [] };
    const older = { ...page("5.6.1", 40_000), logged: [] };
    expect(await joined([...calm, lost, older], { doorEndsMs: [60_500] })).toMatchObject({
      cut: 1,
      differences: { missing: 1 },
    });
  });
});

describe("a request that Go's HTTP client sent again by itself", () => {
  const again = (change: Partial<Request> = {}): Request => ({
    name: "5.5.1",
    atMs: 9_000,
    tookMs: 12,
    status: 201,
    page: "checkout",
    logged: [{ status: -1, end: "PR--", bytes: 0 }, { status: 201 }],
    ...change,
  });

  test("has two lines of which one answered nothing, and is told", async () => {
    const { resent, differences, agreed, examples } = await joined([...calm, again()]);
    expect({ resent, differences, agreed }).toEqual({ resent: 1, differences: {}, agreed: 121 });
    expect(examples.resent).toEqual([`${RUN}.5.5.1 (2 lines)`]);
  });

  test("may have a status in its first line, of which nothing was sent", async () => {
    const unsent = { status: 503, end: "SC--", bytes: 0 };
    const lost = again({ page: "home", status: 200, logged: [unsent, { status: 200 }] });
    const refused = again({ name: "5.6.1", page: "home", status: 503, logged: [unsent, { status: 503 }] });
    expect(await joined([...calm, lost, refused])).toMatchObject({ resent: 2, agreed: 122, differences: {} });
    const sent = { ...lost, logged: [{ status: 503, end: "SC--" }, { status: 200 }] };
    expect((await joined([...calm, sent])).differences).toEqual({ twice: 1 });
  });

  test("may have been answered neither time", async () => {
    const never = again({
      status: 0,
      logged: [
        { status: -1, end: "PR--", bytes: 0 },
        { status: -1, end: "PR--", bytes: 0 },
      ],
    });
    expect(await joined([...calm, never])).toMatchObject({ resent: 1, unanswered: { seen: 1 }, differences: {} });
  });

  test("is not one when the edge answered both, when it was not one to be sent again, or when no connection was older", async () => {
    const twice = async (change: Partial<Request>) => (await joined([...calm, again(change)])).differences;
    expect(await twice({ logged: [{ status: 201 }, { status: 201 }] })).toEqual({ twice: 1 });
    expect(await twice({ page: "add" })).toEqual({ twice: 1 });
    expect(await twice({ fresh: true })).toEqual({ twice: 1 });
    expect(await twice({ logged: [{ status: 201 }, { status: 201, end: "SD--" }] })).toEqual({ twice: 1 });
    expect(await twice({ logged: [{ status: -1, bytes: 0 }, { status: 502 }] })).toEqual({ twice: 1 });
  });
});

describe("a difference is counted and named:", () => {
  test("an answer without a line", async () => {
    const { differences, examples } = await joined([...calm, { ...page("3.3.1", 10_000), logged: [] }]);
    expect(differences).toEqual({ missing: 1 });
    expect(examples.missing).toEqual([`${RUN}.3.3.1 (200)`]);
  });

  test("an answer of another status", async () => {
    const other = { ...page("3.3.1", 10_000), logged: [{ status: 503 }] };
    const { differences, examples } = await joined([...calm, other]);
    expect(differences).toEqual({ otherStatus: 1 });
    expect(examples.otherStatus).toEqual([`${RUN}.3.3.1 (200, in the log 503)`]);
  });

  test("a line of a request that nobody recorded, in the middle of the load", async () => {
    const unrecorded: Request = { name: "9.9.1", atMs: 50_000, tookMs: 12, logged: [{ status: 200 }] };
    expect((await joined([...calm, unrecorded])).differences).toEqual({ unrecorded: 1 });
  });

  test("a line of somebody else's request", async () => {
    const stranger = lineOf("00000000-0000-4000-8000-000000000000", 4_000, 5, 200);
    const ofAnotherRun = lineOf("20261124T110000-deadbeef.3.3.1", 4_000, 5, 200);
    expect((await joined(calm, { log: [stranger, ofAnotherRun] })).differences).toEqual({ strangers: 2 });
  });

  test("a line that was cut off", async () => {
    const cut = lineOf(`${RUN}.3.3.1`, 4_000, 5, 200).slice(0, 80);
    const { differences, examples } = await joined([...calm, { ...page("3.3.1", 4_000), logged: [] }], { log: [cut] });
    expect(differences).toEqual({ missing: 1, unreadable: 1 });
    expect(examples.unreadable?.[0]).toContain(RUN);
  });

  test("an attempt that was recorded twice is nobody's, and nothing is joined", async () => {
    await expect(joined([...calm, page("5.0.1", 5_000)])).rejects.toThrow("attempt 5.0.1 twice");
  });

  test("thousands of them are counted all and named a few", async () => {
    const lost = Array.from({ length: 3_000 }, (_, i) => ({ ...page(`${i}.7.1`, i * 30), logged: [] }));
    const { differences, examples } = await joined([...calm, ...lost]);
    expect(differences).toEqual({ missing: 3_000 });
    expect(examples.missing).toHaveLength(5);
  });
});

describe("the edge's clock", () => {
  const shifted = (byMs: number, fromSecond: number) =>
    joined([], {}).then(async () => {
      const records = join(folder, "records.tsv");
      const doorLog = join(folder, "edge.log");
      await writeFile(
        records,
        calm.flatMap(recordOf).map((line) => `${line}\n`),
      );
      const lines = calm.flatMap((request, second) =>
        linesOf({ ...request, atMs: request.atMs + (second >= fromSecond ? byMs : 0) }),
      );
      await writeFile(
        doorLog,
        lines.map((line) => `${line}\n`),
      );
      const logs = { records, doorLog, parseLine: parseEdgeLine, runId: RUN, zeroDateMs: ZERO_DATE_MS, doorEndsMs: [] };
      return (await joinWitnesses(logs, () => 0)).clock;
    });

  test("may be another one, and slow requests do not make it step", async () => {
    expect(await shifted(-250_000, 0)).not.toHaveProperty("step");
    const slow = calm.map((request, i) => ({ ...request, tookMs: i > 60 ? 7_000 : 12 }));
    expect((await joined(slow)).clock).not.toHaveProperty("step");
  });

  test("that jumps about within its seconds is counted, second by second, though it never steps for good", async () => {
    const early = calm.map((request, i) => page(`${i}.1.1`, request.atMs + 400));
    const { clock } = await joined([...calm, ...early]);
    expect(clock).toMatchObject({ samples: 240, seconds: 120, contradictory: 0 });
    const jumping = early.map((request): Request => ({ ...request, logged: [] }));
    const log = jumping.map(({ name, atMs }) => lineOf(`${RUN}.${name}`, atMs + 30_001, 10, 200));
    const { clock: jumpy } = await joined([...calm, ...jumping], { log });
    expect(jumpy).toMatchObject({ samples: 240, seconds: 120, contradictory: 120, far: 120 });
    expect(jumpy).not.toHaveProperty("step");
  });

  test("of a starved edge is blurred by less than a second, and steps are still seen through it", async () => {
    const early = calm.map((request, i) => page(`${i}.1.1`, request.atMs + 400));
    const asLogged = (second: number) => (second >= 70 ? 5_000 : 0);
    const starved = early.map((request): Request => ({ ...request, logged: [] }));
    const late = starved.map(({ name, atMs }) => lineOf(`${RUN}.${name}`, atMs - 150, 10, 200));
    expect((await joined([...calm, ...starved], { log: late })).clock).toMatchObject({
      seconds: 120,
      blurred: 120,
      contradictory: 0,
    });
    const set = calm.map((request): Request => ({ ...request, logged: [] }));
    const log = [...set, ...starved].map(({ name, atMs }) => {
      const [second = "0", step] = name.split(".");
      return lineOf(`${RUN}.${name}`, atMs + asLogged(Number(second)) + (step === "1" ? -150 : 1), 10, 200);
    });
    const { clock } = await joined([...set, ...starved], { log });
    expect(clock.blurred).toBeGreaterThan(60);
    expect(clock.step?.atSecond).toBe(70);
  });

  test("that was aside for two seconds is counted as well", async () => {
    const aside = calm.map(
      (request, second): Request => ({ ...request, logged: second === 50 || second === 51 ? [] : request.logged }),
    );
    const log = [50, 51].map((second) => lineOf(`${RUN}.${second}.0.1`, second * 1_000 + 90_001, 10, 200));
    const { clock } = await joined(aside, { log });
    expect(clock).toMatchObject({ samples: 120, seconds: 120, contradictory: 2, far: 2 });
    expect(clock).not.toHaveProperty("step");
    const near = [50, 51].map((second) => lineOf(`${RUN}.${second}.0.1`, second * 1_000 + 4_001, 10, 200));
    const starved = (await joined(aside, { log: near })).clock;
    expect(starved).toMatchObject({ contradictory: 2 });
    expect(starved).not.toHaveProperty("far");
  });

  test.each([300_000, -300_000])("that was set by %i ms is found, with the second", async (byMs) => {
    const { step } = await shifted(byMs, 70);
    expect(step?.atSecond).toBe(70);
    expect(Math.abs((step?.byMs ?? 0) - byMs)).toBeLessThan(20);
  });
});
