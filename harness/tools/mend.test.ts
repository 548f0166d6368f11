import { expect, test } from "vitest";
import { mendFor } from "./mend.ts";

test.each([
  ["haproxy", "brew", "brew install haproxy"],
  ["redis-server", "brew", "brew install redis"],
  ["k6", "apt-get", "sudo apt-get install golang-go"],
  ["pgbouncer", "dnf", "sudo dnf install pgbouncer"],
  ["haproxy", "pacman", "sudo pacman -S haproxy"],
  ["postgres", "apk", "sudo apk add postgresql18 postgresql18-contrib"],
] as const)("%s with %s: %s", (program, manager, command) => {
  expect(mendFor(program, manager)).toBe(command);
});
