/**
 * The conformance kit: what is typed on each platform, what a real host printed, and what that means. Each folder of
 * conformance/ is a platform with its table; a further one is a further folder, and nothing here. What differs from
 * platform to platform in no question (processes, logs, systemd) has its recorded output in recorded/.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseChangedFiles } from '../../src/products/ops-manager/changed-files.ts';
import { BUILT_PLATFORMS, commandsFor, type OpsManagerCommands } from '../../src/products/ops-manager/commands.ts';
import type { Printed } from '../../src/products/linux/printed.ts';
import { seenAtBoot } from '../../src/products/ops-manager/sysv.ts';
import { typed, type Command } from '../../src/upgrade/command.ts';
import type { Platform } from '../../src/upgrade/installation.ts';
import { VENDOR_NAMES } from '../../src/upgrade/service-names.ts';

interface Question { typed(commands: OpsManagerCommands): Command | null; means(commands: OpsManagerCommands, printed: Printed): unknown }
const PACKAGE = '/srv/package';
const QUESTIONS: Readonly<Record<string, Question>> = {
  'what is installed?': { typed: (commands) => commands.package.state, means: (commands, printed) => commands.package.readState(printed) },
  'what is this package file?': { typed: (commands) => commands.package.describe(PACKAGE), means: (commands, { stdout }) => commands.package.readDescription(stdout) },
  'what would an upgrade overwrite?': { typed: (commands) => commands.package.changedFiles, means: (_, { stdout }) => parseChangedFiles(stdout) },
  'did the install do nothing, because of a lock?': {
    typed: ({ package: manager }) => manager.kind === 'tree' ? null : manager.install(PACKAGE),
    means: ({ package: manager }, { stderr }) => manager.kind === 'tree' ? undefined : manager.isLockedOut(stderr),
  },
  'does the Backup Daemon start at boot?': { typed: ({ backupDaemon }) => backupDaemon.bootLinks, means: ({ backupDaemon }, printed) => seenAtBoot(printed, VENDOR_NAMES.backupDaemon, backupDaemon) },
};

interface Fixture { readonly question: string; readonly typed: string; readonly code?: number; readonly stdout?: string; readonly stderr?: string; readonly means: unknown }
interface Table { readonly host: { readonly installDir: string; readonly runAs: string }; readonly fixtures: readonly Fixture[] }

const folder = new URL('conformance/', import.meta.url);
const inFolder = (platform: string, file: string): string => readFileSync(new URL(`${platform}/${file}`, folder), 'utf8');

describe.each(readdirSync(folder))('%s', (name) => {
  const platform = name as Platform;
  const { host, fixtures } = parse(inFolder(platform, 'fixtures.yaml')) as Table;
  const commands = commandsFor({ name: 'om-1', platform, ...host });
  /** A file's name, or the very words. */
  const output = (given = ''): string => given.endsWith('.txt') ? inFolder(platform, given) : given;

  it.each(fixtures.map((fixture) => [fixture.question, JSON.stringify(fixture.means), fixture] as const))('%s %s', (question, _, { code, stdout, stderr, ...fixture }) => {
    const { typed: asks, means } = QUESTIONS[question]!;
    expect(typed(asks(commands)!), 'output is recorded anew when another command is typed').toBe(fixture.typed);
    expect(means(commands, { code, stdout: output(stdout), stderr: output(stderr) })).toEqual(fixture.means);
  });

  it('answers every question that is asked there', () => {
    const asked = Object.entries(QUESTIONS).filter(([, question]) => question.typed(commands) !== null).map(([question]) => question);
    expect([...new Set(fixtures.map(({ question }) => question))].sort()).toEqual(asked.sort());
  });
});

it('every platform that is built is in the kit', () => {
  expect(readdirSync(folder).sort()).toEqual([...BUILT_PLATFORMS].sort());
});
