import { expect, test } from "vitest";
import { type Ending, outcomeOf, resultOf } from "./classify.ts";

const ENDING: Ending = {
  status: 0,
  errorCode: 0,
  notExecuted: false,
  fresh: false,
  namesSoldOut: false,
  twinned: false,
};

test.each([
  [{ status: 200 }, "ok"],
  [{ status: 201 }, "ok"],
  [{ status: 304 }, "ok"],
  [{ status: 410, errorCode: 1410, namesSoldOut: true }, "sold-out"],
  [{ status: 410, errorCode: 1410 }, "error"],
  [{ status: 409, errorCode: 1409, twinned: true }, "twin"],
  [{ status: 409, errorCode: 1409 }, "error"],
  [{ status: 422, errorCode: 1422 }, "invalid"],
  [{ status: 404, errorCode: 1404 }, "error"],
  [{ status: 503, errorCode: 1503 }, "unavailable"],
  [{ status: 500, errorCode: 1500 }, "error"],
  [{ status: 504, errorCode: 1504 }, "error"],
  [{ errorCode: 1050 }, "timeout"],
  [{ status: 200, errorCode: 1050 }, "timeout"],
  [{ errorCode: 1212 }, "refused"],
  [{ errorCode: 1220 }, "broken-off"],
  [{ errorCode: 1000 }, "broken-off"],
] as const)("an attempt that ended with %o is %s", (ending, outcome) => {
  expect(outcomeOf({ ...ENDING, ...ending })).toBe(outcome);
});

test("a write failed for sure only where nothing can have happened", () => {
  const result = (ending: Partial<Ending>): string => resultOf({ ...ENDING, ...ending });
  expect(result({ status: 201 })).toBe("ok");
  expect(result({ status: 410, namesSoldOut: true })).toBe("fail");
  expect(result({ status: 409 })).toBe("fail");
  expect(result({ status: 422 })).toBe("fail");
  expect(result({ status: 429 })).toBe("fail");
  // Whoever said that may have spoken of the request alone, after somebody else had carried it out.
  for (const status of [400, 403, 404, 408, 410, 413, 499]) expect(result({ status })).toBe("info");
  expect(result({ status: 503, notExecuted: true })).toBe("fail");
  expect(result({ status: 503 })).toBe("info");
  expect(result({ status: 500 })).toBe("info");
  expect(result({ errorCode: 1050 })).toBe("info");
  expect(result({ errorCode: 1220 })).toBe("info");
  expect(result({ errorCode: 1212, fresh: true })).toBe("fail");
  // An older connection may have carried it before a new one was refused.
  expect(result({ errorCode: 1212, fresh: false })).toBe("info");
});
