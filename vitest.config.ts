import { defineConfig } from 'vitest/config';

/** Tests on a real sshd make users: only as root on Linux, and where `npm test` finds that its packages can be had. */
const sshd = process.platform === 'linux' && process.getuid?.() === 0 && process.env['LOCKKEEPER_TEST_SSHD'] !== 'no';

/** All tests but those on lab hosts (vitest.lab.config.ts). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', 'test/lab-stories/**', ...(sshd ? [] : ['test/ssh/real/**'])],
    maxWorkers: 2, // on two cores vitest takes one, but these tests wait for servers more than they compute
    // Tests start real servers on two shared cores: generous, so that load is not a failure.
    retry: 1, // what fails twice is broken; what fails once on a crowded machine is named in the output
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
