/** The conformance kit of this product: what is typed, what a real host printed, and what that means. A folder for a platform, with its table. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Printed } from '../../../src/products/linux/printed.ts';
import { parseProcesses, PROCESSES } from '../../../src/products/linux/processes.ts';
import { autostartShown, startersOf } from '../../../src/products/urbancode-deploy/autostart.ts';
import { javaVersion, LISTENERS, lookAtPidFile, ownerOfInstallDir, readMark as markOf, readProperties as propertiesOf, type TypedOn } from '../../../src/products/urbancode-deploy/commands.ts';
import { readListeners, readPidFile } from '../../../src/products/urbancode-deploy/pid-file.ts';
import { lookForServer } from '../../../src/products/urbancode-deploy/processes.ts';
import { readJavaVersion, readProperties } from '../../../src/products/urbancode-deploy/properties.ts';
import { lookAtUnpacked, readUnpacked } from '../../../src/products/urbancode-deploy/staging.ts';
import { readMark } from '../../../src/products/urbancode-deploy/versions.ts';
import { typed, type Command } from '../../../src/upgrade/command.ts';

interface Question { typed(host: TypedOn): Command; means(printed: Printed, host: TypedOn): unknown }
const systemd = (host: TypedOn) => startersOf(host).find(({ kind }) => kind === 'systemd')!;
const QUESTIONS: Readonly<Record<string, Question>> = {
  'does the server run?': { typed: () => PROCESSES, means: ({ stdout }, host) => lookForServer({ ...host, processes: parseProcesses(stdout), pidFile: null }).running },
  'who listens?': { typed: () => LISTENERS, means: (printed) => readListeners(printed)?.map(({ port }) => port) ?? null },
  'is there a pid file?': { typed: lookAtPidFile, means: readPidFile },
  'which version?': { typed: markOf, means: ({ stdout }) => readMark(stdout) },
  'where is its data?': { typed: propertiesOf, means: ({ stdout }) => readProperties(stdout)?.appData },
  'what starts it through systemd?': { typed: (host) => systemd(host).look, means: (printed, host) => { const found = systemd(host).read(printed); return found === 'unknown' ? found : found.map(autostartShown); } },
  'is there a package?': { typed: (host) => lookAtUnpacked(host, '5f0c1f1f'), means: readUnpacked },
  'which Java?': { typed: (host) => javaVersion(host, '/opt/ucd/jre/'), means: ({ stderr }) => readJavaVersion(stderr) },
  'whose is the install dir?': { typed: ownerOfInstallDir, means: ({ stdout }) => stdout.trim() },
};

interface Fixture { readonly question: string; readonly typed: string; readonly code?: number; readonly stdout?: string; readonly stderr?: string; readonly means: unknown }
const folder = new URL('conformance/', import.meta.url);

describe.each(readdirSync(folder))('%s', (platform) => {
  const inFolder = (file: string): string => readFileSync(new URL(`${platform}/${file}`, folder), 'utf8');
  const { host, fixtures } = parse(inFolder('fixtures.yaml')) as { readonly host: TypedOn; readonly fixtures: readonly Fixture[] };
  /** A file's name, or the very words. */
  const output = (given = ''): string => given.endsWith('.txt') ? inFolder(given) : given;

  it.each(fixtures.map((fixture) => [fixture.question, JSON.stringify(fixture.means), fixture] as const))('%s %s', (question, _, { code, stdout, stderr, ...fixture }) => {
    const { typed: asks, means } = QUESTIONS[question]!;
    expect(typed(asks(host)), 'output is recorded anew when another command is typed').toBe(fixture.typed);
    expect(means({ code, stdout: output(stdout), stderr: output(stderr) }, host)).toEqual(fixture.means);
  });

  it('answers every question', () => {
    expect([...new Set(fixtures.map(({ question }) => question))].sort()).toEqual(Object.keys(QUESTIONS).sort());
  });
});
