import { expect, test } from "vitest";
import { clash, cleanRun, judgeAll, partOf } from "../testing/clean-run.ts";
import { first, seesEach, spoilt } from "../testing/spoilt.ts";

seesEach([
  [
    "a key was told both of an order and of a product that is sold out",
    (run) => {
      run.writes.push(
        { kind: "write.intent", key: "k1", attempt: 2, session: "s", lines: [{ productId: 1, quantity: 1 }] },
        { kind: "write.result", key: "k1", attempt: 2, result: "fail", status: 410, soldOutProductId: 1 },
      );
    },
    ["replies-agree"],
  ],
  [
    "an answer was given and not stored",
    (run) => {
      run.parts.replies = partOf(run, "replies").filter((reply) => reply.key !== "late");
    },
    ["replies-agree"],
  ],
  [
    "a stored answer names another order",
    (run) => {
      first(partOf(run, "replies")).orderId = "200002";
    },
    ["replies-agree"],
  ],
  [
    "an order has no stored answer, although nobody was told of it",
    (run) => {
      run.parts.replies = partOf(run, "replies").filter((reply) => reply.key !== "k4");
    },
    ["replies-agree"],
  ],
  [
    "a key that came back with another body was told the answer to the first",
    (run) => {
      run.clashes[0] = clash("k1", { status: 200, isRefused: false, orderId: "200001" });
    },
    ["replies-agree"],
  ],
  [
    "a key that came back with another body was told of an order of its own, of which nothing is in the books",
    (run) => {
      run.clashes[0] = clash("k1", { status: 201, isRefused: false, orderId: "200099" });
    },
    ["replies-agree"],
  ],
  [
    "a key that came back with another body was told that what it asks for now is sold out",
    (run) => {
      run.clashes[0] = clash("k1", { status: 410, isRefused: false });
    },
    ["replies-agree"],
  ],
  [
    "of an answer to a key that came back with another body only the beginning arrived, and it was no refusal",
    (run) => {
      run.clashes.push(clash("k2", { status: 200, isRefused: false }));
    },
    ["replies-agree"],
  ],
]);

test("a key that came back with another body, was refused, and has a second order all the same, broke its contract", () => {
  const run = spoilt((each) => {
    partOf(each, "orders").push({ ...first(partOf(each, "orders")), id: "200099" });
  });
  const found = judgeAll(run);
  expect(found.get("replies-agree")?.offenders).toContain("key k1 came back with another body and has 2 orders");
  expect(found.get("no-order-twice")?.state).toBe("broken");
});

test("keys that came back with another body are counted, and those that got no answer say nothing", () => {
  expect(judgeAll(cleanRun()).get("replies-agree")).toMatchObject({
    state: "held",
    reason: expect.stringContaining("5 of 6 keys that came back with another body were refused as they should"),
  });
});

test.each([
  ["no answer", { status: 0 }],
  ["no time", { status: 503 }],
  ["a 422 that says nothing of the key", { status: 422 }],
  ["that another one is under way", { status: 409 }],
])("where too many of them were told %s, nobody knows whether a key is good for one body only", (_, told) => {
  const run = spoilt((each) => {
    each.clashes = each.clashes.map(({ key }, index) =>
      index === 0
        ? clash(key, { ...told, isRefused: false })
        : clash(key, index === 5 ? { status: 0, isRefused: false } : {}),
    );
  });
  expect(judgeAll(run).get("replies-agree")).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining(
      "4 of 6 keys that came back with another body were refused as they should, 6 were planned: it takes 5",
    ),
  });
});

test("where some were planned and none was ever sent, nobody knows either; where none was planned, nothing is said", () => {
  const unsent = spoilt((run) => {
    run.clashes = [];
  });
  expect(judgeAll(unsent).get("replies-agree")).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("0 of 0 keys"),
  });
  const older = spoilt((run) => {
    run.clashes = [];
    run.plannedClashes = 0;
  });
  expect(judgeAll(older).get("replies-agree")).toMatchObject({
    state: "held",
    reason: expect.not.stringContaining("another body"),
  });
});

test("a load too short for five is asked for as many as it planned", () => {
  const short = spoilt((run) => {
    run.clashes = [clash("k1"), clash("k2")];
    run.plannedClashes = 2;
  });
  expect(judgeAll(short).get("replies-agree")?.state).toBe("held");
});
