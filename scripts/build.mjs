// Builds dist/: the compiled sources, the workflow bundle beside them, and an executable CLI. Does nothing when nothing changed.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const rooms = ['src', 'workflows', 'activities', 'worker'];
const stamp = join(dist, '.built-from');
const lock = join(root, 'node_modules', '.lockkeeper-build');

class Failed extends Error {}

/** Only one build at a time: tests, demo and people may ask for one at the same moment. */
await alone(async () => {
  const inputs = hashOfInputs();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  rmSync(stamp, { force: true });
  removeOrphans();
  compile();
  await bundle();
  const cli = join(dist, 'src', 'cli', 'main.js');
  if (existsSync(cli)) chmodSync(cli, 0o755);
  writeFileSync(stamp, inputs);
});

function hashOfInputs() {
  const hash = createHash('sha256');
  const files = [...rooms.flatMap(sourcesIn), ...['tsconfig.json', 'package-lock.json', 'scripts/tsconfig.build.json', 'scripts/build.mjs'].map((name) => join(root, name))];
  for (const file of files.sort()) hash.update(`${relative(root, file)}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function sourcesIn(room) {
  return filesIn(join(root, room)).filter((file) => /\.(ts|json)$/.test(file));
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Compiled files whose source is gone would still be found by an import. */
function removeOrphans() {
  for (const file of rooms.flatMap((room) => filesIn(join(dist, room)))) {
    const source = join(root, relative(dist, file)).replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(source)) rmSync(file);
  }
}

function compile() {
  mkdirSync(dist, { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'scripts', 'tsconfig.build.json')], { stdio: 'inherit' });
  if (status !== 0) throw new Failed('the sources do not compile');
}

async function bundle() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const nothing = () => undefined;
  const logger = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows', 'index.js'), payloadConverterPath: join(dist, 'workflows', 'payload-converter.js'), logger,
  });
  writeFileSync(join(dist, 'workflow-bundle.js'), code);
}

async function alone(work) {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      // A build takes seconds; an older lock was left by one that was killed.
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > 90_000) rmSync(lock, { recursive: true, force: true });
      else if (Date.now() > deadline) throw new Failed(`another build does not end; remove ${lock}`);
      else await pause(100);
    }
  }
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
