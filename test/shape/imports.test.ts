/** Imports go one way. What each room may import is written here, and nowhere else. */
import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { filesIn, importsOf, roomOf, type Import } from './sources.ts';

interface Allowed {
  /** Rooms whose values it may import, besides its own. */
  readonly rooms: readonly string[];
  /** Rooms whose types alone it may import. */
  readonly types?: readonly string[];
  readonly packages: readonly string[];
  readonly node?: boolean;
}

const ROOMS: Record<string, Allowed> = {
  'src/upgrade': { rooms: [], packages: [] },
  workflows: { rooms: ['src/upgrade'], types: ['activities'], packages: ['@temporalio/workflow', '@temporalio/common'] },
  'src/products': { rooms: ['src/upgrade'], packages: ['semver', 'dot-properties', 'ms'] },
  'src/installation': { rooms: ['src/upgrade', 'src/products'], packages: ['zod', 'yaml', 'ms', 'semver'], node: true },
  'src/secrets': { rooms: ['src/upgrade'], packages: [], node: true },
  'src/ssh': { rooms: ['src/upgrade', 'src/secrets'], packages: ['ssh2', 'ssh-config'], node: true },
  'src/database': { rooms: ['src/upgrade', 'src/secrets', 'src/products'], types: ['src/ssh'], packages: ['mongodb'], node: true },
  'src/temporal': { rooms: ['src/upgrade'], packages: ['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', '@temporalio/proto', 'semver'], node: true },
  'src/simulation': { rooms: ['src/upgrade', 'src/products'], types: ['src/ssh', 'src/database', 'src/installation'], packages: ['ssh2', 'mongodb', 'yaml'], node: true },
  activities: {
    rooms: ['src/upgrade', 'src/products', 'src/secrets', 'src/installation'], types: ['src/ssh', 'src/database'],
    packages: ['@temporalio/activity', '@temporalio/common', 'ms', 'pretty-ms', 'semver'], node: true,
  },
};
/** The rooms that put everything together may import every room of ours. */
const COMPOSERS: Record<string, readonly string[]> = {
  worker: ['@temporalio/worker', '@temporalio/activity', '@temporalio/common', '@temporalio/client', 'ms', 'zod'],
  'src/cli': ['@temporalio/client', '@temporalio/common', '@inquirer/prompts', 'cli-table3', 'commander', 'log-update', 'ms', 'picocolors', 'pretty-ms', 'zod'],
};
/** Drivers: each is imported in one room; the simulation speaks the other end of two of them. */
const DRIVERS: Record<string, readonly string[]> = {
  ssh2: ['src/ssh', 'src/simulation'],
  'ssh-config': ['src/ssh'],
  mongodb: ['src/database', 'src/simulation'],
  '@temporalio/worker': ['worker'],
  '@temporalio/testing': [],
};

const imports = ['src', 'workflows', 'activities', 'worker'].flatMap((folder) => filesIn(folder, /\.ts$/)).flatMap(importsOf);
const shown = ({ file, target }: Import) => `${file} imports ${target}`;

describe('imports', () => {
  it('are declared for every room that exists', () => {
    const rooms = new Set(imports.map(({ file }) => roomOf(file)));
    expect([...rooms].filter((room) => !(room in ROOMS) && !(room in COMPOSERS))).toEqual([]);
  });

  it.each(Object.entries(ROOMS))('of %s stay within what it may know', (room, { rooms, types = [], packages, node = false }) => {
    const allowed = ({ target, ours, typeOnly }: Import): boolean => {
      if (!ours) return packages.includes(target) || (node && isNode(target));
      const to = roomOf(target);
      return to === room || rooms.includes(to) || (typeOnly && types.includes(to));
    };
    expect(imports.filter((each) => roomOf(each.file) === room && !allowed(each)).map(shown)).toEqual([]);
  });

  it.each(Object.entries(COMPOSERS))('of %s hold no driver of another room', (room, packages) => {
    const foreign = imports.filter(({ file, target, ours }) => roomOf(file) === room && !ours && !isNode(target) && !packages.includes(target));
    expect(foreign.map(shown)).toEqual([]);
  });

  it.each(Object.entries(DRIVERS))('hold the driver %s in one room', (driver, rooms) => {
    expect(imports.filter(({ file, target }) => target === driver && !rooms.includes(roomOf(file))).map(shown)).toEqual([]);
  });

  it('never lead from one product to another; load balancers and Linux stand beside them all', () => {
    const vendor = (file: string) => file.split('/')[2];
    const crossing = imports.filter(({ file, target, ours }) => ours && roomOf(file) === 'src/products' && roomOf(target) === 'src/products' && vendor(file) !== vendor(target) && !['haproxy', 'linux'].includes(vendor(target) ?? ''));
    expect(crossing.map(shown)).toEqual([]);
  });

  it('of built-in modules are written with node:', () => {
    expect(imports.filter(({ target, ours }) => !ours && builtinModules.includes(target)).map(shown)).toEqual([]);
  });
});

function isNode(target: string): boolean {
  return target.startsWith('node:');
}
