/** `init` on simulated hosts that answer real SSH; the parts that only read and write are proven by tables. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { runCli } from '../../src/cli/program.ts';
import { startSimulatedInstallation, type SimulatedInstallation } from '../../src/simulation/simulated-installation.ts';
import { sha256 } from '../installation/an-installation.ts';
import { FakeTerminal, type Said } from './terminal.ts';

let simulation: SimulatedInstallation;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-init-'));
  simulation = await startSimulatedInstallation({ installSeconds: 1, jobSeconds: 600 });
});
afterAll(async () => {
  await simulation.close();
  rmSync(folder, { recursive: true, force: true });
});

const on = (name: string): string => `${simulation.user}@127.0.0.1:${simulation.hosts.get(name)?.port}`;

async function type(...words: string[]): Promise<Said> {
  const terminal = new FakeTerminal(process.env);
  return { code: await runCli(words, terminal), out: terminal.out, err: terminal.err };
}

function init(...words: string[]): Promise<Said> {
  return type('init', ...words, '--identity-file', simulation.identityFile, '--known-hosts', simulation.knownHostsFile);
}

/** The places that `validate` finds fault with. */
async function faults(file: string): Promise<readonly string[]> {
  const { out } = await type('validate', file, '-o', 'json');
  const said = JSON.parse(out) as { problems?: { path: (string | number)[] }[] };
  return (said.problems ?? []).map(({ path }) => path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`), ''));
}

describe('init', () => {
  it('writes what it saw, and leaves exactly the places that it lists; filled in, the file is fine', async () => {
    const file = join(folder, 'om.yaml');
    const { code, out, err } = await init(...['om-1', 'om-2', 'om-3', 'bkp-1'].map(on), '--haproxy', on('lb-1'), '--haproxy-socket', '/run/admin.sock', '--name', 'om-sim', '-o', file);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const text = readFileSync(file, 'utf8');
    const document = parseDocument(text);
    expect(document.toJS()).toMatchObject({
      installation: 'om-sim', product: 'ops-manager', ssh: { user: 'ops', identityFile: simulation.identityFile, knownHostsFile: simulation.knownHostsFile },
      hosts: [
        ...['om-1', 'om-2', 'om-3'].map((name) => ({ name, address: '127.0.0.1', platform: 'debian', roles: ['application'], ssh: { port: simulation.hosts.get(name)?.port } })),
        { name: 'bkp-1', platform: 'debian', roles: ['backup-daemon'] },
      ],
      applicationDatabase: { uri: { env: 'OM_APPDB_URI' } },
      loadBalancers: [{ haproxy: { host: { name: 'lb-1' }, socket: '/run/admin.sock', backend: 'ops-manager', servers: { 'om-1': 'om-1', 'om-2': 'om-2', 'om-3': 'om-3' }, sudo: false } }],
    });
    expect(text).toMatch(/# 4\.4\.13 runs\. Next may be: a later 4\.4, or 5\.0\.\n +version:/);
    expect(text).toMatch(/# 4\.4\.13 is installed, 4\.4\.13 is served\.\n +# The application runs, starts at boot; the Backup Daemon does not run, disabled at boot\.\n +- name: om-1/);
    expect(text).toMatch(/# 4\.4\.13 is installed\.\n +# The application does not run, disabled at boot; the Backup Daemon runs, starts at boot\.\n +- name: bkp-1/);
    expect(text).toMatch(/# The hosts use (set \S+|no set): \S+/);
    expect(text).not.toMatch(/mongodb:\/\//);

    const listed = [...err.matchAll(/^ {2}(\S+): /gm)].map(([, path]) => path);
    expect(listed).toEqual(['target.version', 'target.packages.debian.file', 'target.packages.debian.sha256', 'applicationDatabase.backups[0].confirm']);
    expect([...await faults(file)].map((path) => path.replace(/^applicationDatabase.backups.*/, 'applicationDatabase.backups[0].confirm'))).toEqual(listed);
    document.setIn(['target', 'version'], '4.4.18');
    document.setIn(['target', 'packages', 'debian'], { file: 'mms.deb', sha256 });
    document.setIn(['applicationDatabase', 'backups', 0, 'confirm'], 'it is backed up');
    writeFileSync(file, document.toString());
    expect(await faults(file)).toEqual([]);
  });

  it('never writes over a file, and touches no host for one that is there', async () => {
    const file = join(folder, 'there.yaml');
    writeFileSync(file, 'mine\n');
    expect(await init(on('om-1'), '-o', file)).toMatchObject({ code: 2, err: expect.stringContaining('never written over') as string });
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
  });

  it('says in the file which host it could not see, and why; writes nothing when it saw none', async () => {
    const stranger = join(folder, 'known_hosts');
    writeFileSync(stranger, readFileSync(simulation.knownHostsFile, 'utf8').split('\n').filter((line) => !line.includes(`:${simulation.hosts.get('om-2')?.port} `)).join('\n'));
    const { code, out, err } = await type('init', on('om-1'), on('om-2'), '--identity-file', simulation.identityFile, '--known-hosts', stranger);
    expect(code).toBe(0);
    expect(out).toMatch(/# NOT SEEN: The host key of 127\.0\.0\.1 is unknown/);
    expect(err).toMatch(/Not seen: 127\.0\.0\.1: The host key/);
    expect(err).toMatch(/hosts\[1\]\.platform: [^]*hosts\[1\]\.roles: /);
    const none = await type('init', on('om-2'), '--identity-file', simulation.identityFile, '--known-hosts', stranger, '-o', join(folder, 'none.yaml'));
    expect(none).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/None of the hosts could be seen.*host key/) as string });
  });

  it.each([[['a b']], [['om-1', 'om-1']], [['om-1', '--name', 'Not A Name']], [['om-1', '--haproxy', '-x']], [['om-1', '--jump-host', 'a b']]])('takes no %j', async (words) => {
    expect(await type('init', ...words)).toMatchObject({ code: 2, out: '' });
  });
});
