import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { finishedFolder } from "./finished-folder.ts";
import { scratchFolder } from "./scratch-folder.ts";

test("a folder that is there is not filled again", async () => {
  using scratch = scratchFolder();
  const folder = join(scratch.path, "programs", "tool-1");
  let fills = 0;
  const fill = async (unfinished: string): Promise<void> => {
    fills += 1;
    await writeFile(join(unfinished, "tool"), "content");
  };
  expect(await finishedFolder(folder, fill)).toBe(folder);
  expect(await finishedFolder(folder, fill)).toBe(folder);
  expect(fills).toBe(1);
  expect(readFileSync(join(folder, "tool"), "utf8")).toBe("content");
});

test("a fill that fails leaves nothing behind", async () => {
  using scratch = scratchFolder();
  const fill = async (unfinished: string): Promise<void> => {
    await writeFile(join(unfinished, "half"), "");
    throw new Error("the disk is full");
  };
  await expect(finishedFolder(join(scratch.path, "tool-1"), fill)).rejects.toThrow("the disk is full");
  expect(readdirSync(scratch.path)).toEqual([]);
});

test("of several at once one wins, and all get a whole folder", async () => {
  using scratch = scratchFolder();
  const folder = join(scratch.path, "tool-1");
  const fill = async (unfinished: string): Promise<void> => {
    await writeFile(join(unfinished, "first"), "");
    await sleep(20);
    await writeFile(join(unfinished, "last"), "");
  };
  const all = await Promise.all(Array.from({ length: 5 }, () => finishedFolder(folder, fill)));
  expect(new Set(all)).toEqual(new Set([folder]));
  expect(readdirSync(folder)).toEqual(["first", "last"]);
  expect(readdirSync(scratch.path)).toEqual(["tool-1"]);
});

test("what a dead run left is removed once it is old, and not while it may still be filled", async () => {
  using scratch = scratchFolder();
  for (const name of [".unfinished-old", ".unfinished-new"]) {
    mkdirSync(join(scratch.path, name));
    writeFileSync(join(scratch.path, name, "part"), "");
  }
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(join(scratch.path, ".unfinished-old"), longAgo, longAgo);
  await finishedFolder(join(scratch.path, "tool-1"), async () => undefined);
  expect(readdirSync(scratch.path)).toEqual([".unfinished-new", "tool-1"]);
});
