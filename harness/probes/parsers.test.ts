import { expect, test } from "vitest";
import { httpAnswerLength } from "./exchange.ts";
import { parseHaproxyStats } from "./haproxy-stats.ts";
import { parsePrometheus } from "./prometheus.ts";
import { parseRedisInfo } from "./redis-info.ts";

test("a Prometheus text gives the series that are wanted, with their labels, and no other", () => {
  const text = [
    "# HELP shop_reads_total reads",
    "# TYPE shop_reads_total counter",
    'shop_reads_total{kind="product",tier="hot"} 12',
    'shop_reads_total{kind="a b",tier="x}y"} 3.5e2 1700000000',
    "shop_inflight 4",
    "shop_weight NaN",
    "other_total 9",
    "",
  ].join("\n");
  expect(parsePrometheus(text, ["shop_"])).toEqual({
    'shop_reads_total{kind="product",tier="hot"}': 12,
    'shop_reads_total{kind="a b",tier="x}y"}': 350,
    shop_inflight: 4,
  });
  expect(parsePrometheus("", ["shop_"])).toEqual({});
});

test("a part that tells a number for every text is refused, and so is an answer with more series than ours have", () => {
  const text = Array.from({ length: 5_001 }, (_, at) => `shop_reads{q="${at}"} 1`).join("\n");
  expect(() => parsePrometheus(text, ["shop_"])).toThrow(/more than 5000 series/);
});

test("HAProxy's statistics give status, queue and errors by proxy and server, past quoted commas", () => {
  const header = "# pxname,svname,qcur,qmax,scur,smax,status,weight,econ,wretr,hrsp_5xx,last_chk,rtime,";
  const csv = [
    header,
    "eu,app-eu-1,0,1,3,9,UP,100,2,1,7,HTTP status check returned code 200,12,",
    'eu,app-eu-2,1,1,0,9,NOLB,50,0,0,0,"degraded, says ""rows""",14,',
    "eu,app-eu-3,0,0,0,0,MAINT,0,0,0,0,,0,",
    "eu,BACKEND,1,4,3,9,UP 2/3,150,2,1,7,,13,",
    "",
  ].join("\n");
  const values = parseHaproxyStats(csv);
  expect(values).toMatchObject({
    "eu/app-eu-1/status": 1,
    "eu/app-eu-1/hrsp_5xx": 7,
    "eu/app-eu-2/status": 0.5,
    "eu/app-eu-2/rtime": 14,
    "eu/app-eu-3/status": 0,
    "eu/BACKEND/status": 1,
    "eu/BACKEND/qcur": 1,
  });
  expect(() => parseHaproxyStats("<html>not this</html>")).toThrow(/no HAProxy statistics/);
});

test("Redis' INFO gives fields by name, composite ones by part", () => {
  const text = "# Stats\r\nevicted_keys:5\r\nredis_version:7.0\r\nrole:master\r\ndb0:keys=3,expires=1\r\n";
  expect(parseRedisInfo(text, ["evicted_keys", "role", "db0"])).toEqual({
    evicted_keys: 5,
    "db0/keys": 3,
    "db0/expires": 1,
  });
});

test("an HTTP answer is whole only with its body, by length or in chunks", () => {
  const length = (text: string) => httpAnswerLength(Buffer.from(text));
  expect(length("HTTP/1.1 200 OK\r\nContent-Le")).toBe(0);
  expect(length("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")).toBe(0);
  expect(length("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP")).toBe(40);
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
  expect(length(chunked.slice(0, -2))).toBe(0);
  expect(length(chunked)).toBe(chunked.length);
  expect(length("HTTP/1.1 204 No Content\r\n\r\n")).toBe(27);
});
