import { defineConfig } from 'vitest/config';

/** All tests but those on lab hosts (vitest.lab.config.ts). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', 'test/lab-stories/**'],
    // Tests start real servers on two shared cores: generous, so that load is not a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
