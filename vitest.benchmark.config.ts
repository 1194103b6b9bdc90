import { defineConfig } from 'vitest/config';

/** Figures from real hosts, printed and never asserted: `npm run benchmark`, as root on Linux, on a machine that does nothing else. */
export default defineConfig({
  test: { include: ['test/benchmarks/**/*.ts'], fileParallelism: false, testTimeout: 600_000, hookTimeout: 300_000 },
});
