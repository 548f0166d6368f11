import { expect, test } from "vitest";
import { parseEdgeLine } from "./log-line.ts";

const LINE =
  '{"id":"r.7.10.1","at":1795519547858,"method":"GET","path":"\\/search","status":200,"end":"----","origin":"eu","backend":"eu-to-eu","server":"balancer-eu","ms":{"idle":3775,"request":0,"queue":0,"connect":0,"response":4,"active":6},"retries":"0","bytes":785}';

test("a request is dated by its own begin, not by its connection's", () => {
  expect(parseEdgeLine(LINE)).toEqual({
    id: "r.7.10.1",
    status: 200,
    hasAnswered: true,
    restedMs: 3_775,
    beganMs: 1_795_519_551_633,
    endedMs: 1_795_519_551_639,
    isWhole: true,
  });
  expect(parseEdgeLine(LINE.replace("----", "SC--"))).toMatchObject({ isWhole: false });
  expect(parseEdgeLine(LINE.replace('"bytes":785', '"bytes":0'))).toMatchObject({ hasAnswered: false });
});

test("a connection that ended before a request was read has no id", () => {
  expect(parseEdgeLine(LINE.replace("r.7.10.1", "-"))).toMatchObject({ id: "" });
});

test("what HAProxy says of itself is no request, and half a request cannot be read", () => {
  expect(parseEdgeLine("[WARNING]  (3548) : Server eu-to-eu/balancer-eu is UP.")).toBe("message");
  expect(parseEdgeLine("")).toBe("message");
  for (const text of [LINE.slice(0, 70), "{}", LINE.replace('"status":200,', ""), LINE.replace('"idle":3775,', "")])
    expect(parseEdgeLine(text), text).toBe("unreadable");
});
