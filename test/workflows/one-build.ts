/**
 * Today's workflow code, bundled once for a whole run of vitest: bundling costs two seconds of a core, and more than
 * twenty files need it. The first that does makes it; a run that needs none makes none.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows, type Build } from '../../worker/bundle.ts';

declare module 'vitest' {
  interface ProvidedContext { /** The folder that all files of one run share. */ readonly builds: string }
}

/** For vitest's `globalSetup`: a folder for this run. Watched code that changed is bundled anew. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-builds-'));
  project.provide('builds', folder);
  project.onTestsRerun(() => rm(join(folder, NAME), { force: true }));
  return () => rmSync(folder, { recursive: true, force: true });
}

const NAME = 'workflows.json';

export async function workflowBuild(): Promise<Build> {
  const file = join(inject('builds'), NAME);
  const made = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : Promise.reject(error)));
  if (made !== null) return JSON.parse(made) as Build;
  const build = await bundleWorkflows(fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)));
  // Two files may make it at the same time: each puts a whole one in place.
  const own = `${file}.${process.pid}`;
  await writeFile(own, JSON.stringify(build));
  await rename(own, file);
  return build;
}
