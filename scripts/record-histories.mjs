// Records the main stories anew into test/histories/*.json: node scripts/record-histories.mjs
//
// The stories (test/histories/stories.ts) are played on Temporal's dev server over the fake installation of the workflow
// tests; each run's history is written as JSON, an event a line, without names of this machine. CI replays the committed
// files (test/histories/replay.test.ts), so that a change of workflow code under which a running upgrade could not go on
// is seen. Record anew only together with such a change that is meant, and say so in the commit: upgrades in flight stay
// on the build they began with.
import { startVitest } from 'vitest/node';

const vitest = await startVitest('test', [], { config: false, watch: false, include: ['test/histories/record.ts'], globalSetup: ['test/workflows/one-build.ts'], hookTimeout: 120_000 });
await vitest?.close();
