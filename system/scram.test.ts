import { expect, test } from "vitest";
import { scramSecret } from "./scram.ts";

test("pooler and primary write the very same text for a role, and another for another role", () => {
  const secret = scramSecret("shop", "0123456789abcdef0123456789abcdef");
  expect(secret).toMatch(/^SCRAM-SHA-256\$1:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/);
  expect(scramSecret("shop", "0123456789abcdef0123456789abcdef")).toBe(secret);
  expect(scramSecret("postgres", "0123456789abcdef0123456789abcdef")).not.toBe(secret);
});
