/** What of docker-compose.yml can be known without an engine. `upgrade`, beside this file, runs all of it by hand. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadInstallation } from '../../src/installation/load.ts';
import { readConfig } from '../../worker/config.ts';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile?: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly hostname?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly privileged?: boolean;
  readonly user?: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as
  { readonly services: Readonly<Record<string, Service>>; readonly volumes: Readonly<Record<string, unknown>> };
const services = Object.entries(compose.services);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
/** Source and target of every mount. */
const mounts = services.flatMap(([name, { volumes = [] }]) => volumes.map((volume) => {
  const [, source = '', target = ''] = /^(\$\{[^}]*\}|[^:]*):([^:]*)/.exec(volume) ?? [];
  return { name, source: source.replace(/^\$\{\w+:-(.*)\}$/, '$1'), target, volume };
}));

/** A Dockerfile's instructions, continued lines joined, arguments filled in with their defaults. */
function instructions(file: string): readonly string[] {
  const lines = read(file).replace(/\\\n\s*/g, '').split('\n').filter((line) => /^[A-Z]+ /.test(line));
  const defaults = Object.fromEntries(lines.flatMap((line) => [...line.matchAll(/^ARG (\w+)=(.*)$/g)].map(([, name, value]) => [name, value]))) as Record<string, string>;
  return lines.map((line) => line.replace(/\$\{(\w+)\}/g, (whole, name: string) => defaults[name] ?? whole));
}
const DOCKERFILES = ['Dockerfile', 'docker/practice/Dockerfile'];
const PINNED = /^[a-z0-9./-]+:(\d+\.\d+[\w.-]*)$/;

describe('docker-compose.yml', () => {
  it('names for every image the version it was tested with', () => {
    expect(services.map(([, { image }]) => image).filter((image) => !PINNED.test(image))).toEqual([]);
    const stages = DOCKERFILES.flatMap((file) => instructions(file).filter((line) => line.startsWith('FROM ')));
    expect(stages.length).toBe(4);
    expect(stages.map((line) => line.split(' ')[1] ?? '').filter((image) => !PINNED.test(image))).toEqual([]);
  });

  it('opens ports to this machine only', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  it('holds no secret: passwords and keys are files of volumes', () => {
    const secret = /(password|passwd|pwd|secret|token|private|credential|api_?key)/i;
    const given = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter(([name, value]) => secret.test(name) && !(name.endsWith('_FILE') && String(value).startsWith('/run/')))).toEqual([]);
    expect(given.filter(([, value]) => /:\/\/[^/]*:[^/]*@/.test(String(value)))).toEqual([]);
    const args = services.flatMap(([, { command = [] }]) => command);
    expect(args.filter((word) => secret.test(word) && !word.startsWith('/'))).toEqual([]);
  });

  it('waits for nothing that is not there, and for health only of what tells its health', () => {
    const waits = services.flatMap(([name, { depends_on = {} }]) => Object.entries(depends_on).map(([on, { condition }]) => ({ name, on, condition })));
    expect(waits.filter(({ on }) => compose.services[on] === undefined)).toEqual([]);
    expect(waits.filter(({ on, condition }) => condition === 'service_healthy' && service(on).healthcheck === undefined)).toEqual([]);
  });

  it('mounts only volumes it declares and folders of the repository, and uses all it declares', () => {
    const isFolder = (source: string) => source.startsWith('./');
    expect(mounts.filter(({ source }) => (isFolder(source) ? !existsSync(join(ROOT, source)) : !(source in compose.volumes)))).toEqual([]);
    expect(Object.keys(compose.volumes).filter((volume) => !mounts.some(({ source }) => source === volume))).toEqual([]);
  });

  it('starts only programs of docker/ that are there and may be run', () => {
    const own = services.filter(([, { image }]) => image.startsWith('lockkeeper/practice-host:'));
    const programs = own.map(([, { command = ['practice-host'] }]) => `docker/practice/bin/${command[0]}`);
    expect(programs.length).toBeGreaterThan(5);
    expect(programs.filter((program) => !existsSync(join(ROOT, program)))).toEqual([]);
    const all = readdirSync(join(ROOT, 'docker/practice/bin')).map((name) => `docker/practice/bin/${name}`);
    expect(all.filter((program) => (statSync(join(ROOT, program)).mode & 0o111) !== 0o111)).toEqual([]);
  });

  it('gives Temporal scripts that are in the folder it mounts', () => {
    const scripts = [...read('docker-compose.yml').matchAll(/\/etc\/lockkeeper\/([\w.-]+)/g)].map(([, name = '']) => name);
    expect(scripts.length).toBe(4);
    expect(scripts.filter((name) => !existsSync(join(ROOT, 'docker/temporal', name)))).toEqual([]);
  });
});

describe('the worker', () => {
  const lines = instructions('Dockerfile');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('is not root, in the image and in the compose file', () => {
    expect(last.filter((line) => line.startsWith('USER '))).toEqual(['USER 1000:1000']);
    expect(service('worker').user).toBeUndefined();
  });

  it('can change nothing of its own container and has no privileges', () => {
    const { read_only, cap_drop } = service('worker');
    expect({ read_only, cap_drop }).toEqual({ read_only: true, cap_drop: ['ALL'] });
    expect(services.filter(([, { privileged }]) => privileged === true)).toEqual([]);
    expect(mounts.filter(({ name, volume }) => name === 'worker' && !volume.endsWith(':ro'))).toEqual([]);
  });

  it('is asked for its health where it answers', () => {
    const text = last.join('\n');
    const env = Object.fromEntries([...text.matchAll(/\b(LOCKKEEPER_\w+)=(\S+)/g)].map(([, name, value]) => [name, value])) as Record<string, string>;
    expect(readConfig(env)).toMatchObject({ folder: '/srv/lockkeeper', health: { port: 8088, address: '0.0.0.0' } });
    const check = last.filter((line) => line.startsWith('HEALTHCHECK '));
    expect(check).toHaveLength(1);
    expect(check[0]).toContain('${process.env.LOCKKEEPER_HEALTH_PORT}/healthz');
    expect(mounts.find(({ name }) => name === 'worker')?.target).toBe('/srv/lockkeeper');
  });
});

describe('a Dockerfile', () => {
  it.each(DOCKERFILES)('%s copies only what the repository has', (file) => {
    const sources = instructions(file).filter((line) => line.startsWith('COPY ') && !line.includes('--from=')).flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
    const ignored = read('.dockerignore').split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
    expect(sources.filter((source) => ignored.includes(source))).toEqual([]);
  });

  it('builds the image that the compose file names', () => {
    const built = services.filter(([, { build }]) => build !== undefined).map(([name, { build }]) => [name, build?.dockerfile ?? 'Dockerfile']);
    expect(built).toEqual([['prepare', 'docker/practice/Dockerfile'], ['worker', 'Dockerfile']]);
    const version = (JSON.parse(read('package.json')) as { version: string }).version;
    const ours = services.map(([, { image }]) => image).filter((image) => image.startsWith('lockkeeper/'));
    expect(ours.filter((image) => !image.endsWith(`:${version}`))).toEqual([]);
  });
});

describe('practice.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'practice-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is a valid installation file once `prepare` has filled it in', async () => {
    const file = join(folder, 'practice.yaml');
    writeFileSync(file, read('docker/practice/practice.yaml').replace('@PACKAGE@', 'mongodb-mms_4.4.18.deb').replace('@SHA256@', '0'.repeat(64)));
    const loaded = await loadInstallation(file);
    expect(loaded).not.toHaveProperty('problems');
  });

  it('names the hosts of the compose file, and `prepare` makes a key for each', () => {
    const { hosts, loadBalancers } = parse(read('docker/practice/practice.yaml')) as
      { hosts: { name: string; roles: string[] }[]; loadBalancers: { haproxy: { host: string; servers: Record<string, string> } }[] };
    const practice = services.filter(([, { environment }]) => environment?.['SERVES'] !== undefined).map(([name]) => name);
    const named = [...hosts.map(({ name }) => name), ...loadBalancers.map(({ haproxy }) => haproxy.host)];
    expect(named.toSorted()).toEqual(practice.toSorted());
    expect(practice.filter((name) => service(name).hostname !== name)).toEqual([]);
    expect(/^HOSTS='(.*)'$/m.exec(read('docker/practice/bin/practice-prepare'))?.[1]?.split(' ').toSorted()).toEqual(practice.toSorted());
    const balanced = [...read('docker/practice/haproxy.cfg').matchAll(/^ {2}server (\w+) ([\w-]+):8080 /gm)].map(([, server = '', host = '']) => [host, server]);
    expect(Object.fromEntries(balanced)).toEqual(loadBalancers[0]?.haproxy.servers);
  });
});
