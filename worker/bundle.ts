import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { packageRoot } from '../src/temporal/package-root.ts';

/** Workflow code as one script, and the name of this build: equal code has an equal name, wherever it was built. */
export interface Build {
  readonly bundle: WorkflowBundle;
  readonly buildId: string;
}

/** Bundles the workflows of one file. Takes about a second. */
export async function bundleWorkflows(workflowsPath: string): Promise<Build> {
  const payloadConverterPath = join(packageRoot(), 'workflows', 'payload-converter.ts');
  const bundle = await bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger: silent });
  return { bundle, buildId: nameOf(bundle.code) };
}

/** The build that belongs to this code: the bundle beside it in `dist`, or, run from sources, one made of them now. */
export async function ownBuild(): Promise<Build> {
  const built = join(packageRoot(), 'dist');
  if (!fileURLToPath(import.meta.url).startsWith(built)) return bundleWorkflows(join(packageRoot(), 'workflows', 'index.ts'));
  const file = join(built, 'workflow-bundle.js');
  if (!existsSync(file)) throw new Error(`${file} is missing; run \`npm run build\``);
  const code = await readFile(file, 'utf8');
  return { bundle: { code }, buildId: nameOf(code) };
}

/** 12 hexadecimal digits of the code's hash. The source map is left out: it names the folder of the checkout. */
function nameOf(code: string): string {
  const [withoutMap = ''] = code.split('\n//# sourceMappingURL=');
  return createHash('sha256').update(withoutMap).digest('hex').slice(0, 12);
}

const nothing = () => undefined;
const silent = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
