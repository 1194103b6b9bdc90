// Lets the Temporal SDK download one of its servers: node download-by-sdk.mjs dev-server|time-skipping VERSION FOLDER
// The SDK downloads only as it starts a server, so one is started and stopped. A process of its own, because the
// SDK's runtime can be set up only once per process and the download has no deadline.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [kind, version, downloadDir] = process.argv.slice(2);
const server = { executable: { type: 'cached-download', version, downloadDir } };
const started = kind === 'dev-server'
  ? await TestWorkflowEnvironment.createLocal({ server })
  : await TestWorkflowEnvironment.createTimeSkipping({ server });
await started.teardown();
