import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests on a real sshd make users: only as root on Linux, and where `npm test` finds that its packages can be had. */
const sshd = process.platform === 'linux' && process.getuid?.() === 0 && process.env['LOCKKEEPER_TEST_SSHD'] !== 'no';

/** Each takes a minute or more, most of it waiting: begun first, so that none is left to run alone at the end. */
const LONGEST = ['test/cli/demo.test.ts', 'test/cli/journey.test.ts', 'test/workflows/any-point.test.ts', 'test/workflows/no-secret.test.ts', 'test/workflows/native-verbs.test.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = (file: TestSpecification): number => LONGEST.findIndex((name) => file.moduleId.endsWith(name));
    return [...sorted.filter((file) => long(file) >= 0).sort((one, other) => long(one) - long(other)), ...sorted.filter((file) => long(file) < 0)];
  }
}

/** All tests but those on lab hosts (vitest.lab.config.ts). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', 'test/lab-stories/**', ...(sshd ? [] : ['test/ssh/real/**'])],
    globalSetup: ['test/workflows/one-build.ts'],
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2, // on two cores vitest takes one, but these tests wait for servers more than they compute
    // Tests start real servers on two shared cores: generous, so that load is not a failure.
    retry: 1, // what fails twice is broken; what fails once on a crowded machine is named in the output
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
