import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{harness,system,chaos,scenarios,traps,histories,survival,planted-bugs,proving,inputs}/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Two cores carry the tests and the real servers that they start.
    maxWorkers: 2,
    // Tests of real processes wait with deadlines; on a CI machine that others slow down one may pass. The report says which
    // needed its second try.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
