import { defineConfig } from 'vitest/config';

/** Tests on real hosts. Run inside the lab's network: `test/lab/lab ctl npx vitest run --config vitest.lab.config.ts`. */
export default defineConfig({
  test: {
    include: ['test/lab/**/*.test.ts', 'test/lab-stories/**/*.test.ts'],
    fileParallelism: false, // they share one lab
    retry: 1, // every story begins with the lab as on its first day, so it can be told again
    testTimeout: 400_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
});
