/**
 * A tarball host whose tree is real: the fake host's folders are in a temporary one, and find, tar, cp, mv and the like are
 * this machine's own. Processes, lock and jobs stay the fake's.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { typed } from '../../src/upgrade/command.ts';
import type { OpsManagerHost, Package } from '../../src/upgrade/installation.ts';
import { DAEMON, type FakeHost } from './fake-host.ts';
import { FakeWorld } from './fake-ports.ts';

const KEPT = '/var/lib/lockkeeper';
const PROGRAMS = ['find', 'tar', 'cp', 'mv', 'ln', 'rm', 'install', 'chown', 'sha256sum', 'stat', 'cat', 'tail'] as const;
const TOP = 'mongodb-mms-4.4.18.100.20220101T0101Z';

export class RealTree {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockkeeper-tree-'));
  readonly root = join(this.folder, 'srv/ops-manager');
  readonly key = join(this.folder, 'home/.mongodb-mms/gen.key');
  readonly world = new FakeWorld();
  readonly package: Package;
  readonly on: OpsManagerHost;

  constructor() {
    this.writeTree(this.root, '4.4.13');
    this.write(`${this.root}/conf/conf-mms.properties`, 'mongo.mongoUri=mongodb://mms:pw@db-1,db-2/?replicaSet=rs0\n', 0o600);
    this.write(`${this.root}/mongodb-releases/mongodb.tgz`, 'a release');
    this.write(`${this.root}/server.pem`, 'a certificate', 0o600);
    this.write(`${this.root}/logs/daemon.log`, 'Starting Backup Daemon 4.4.13.100\n');
    this.write(this.key, '0123456789abcdefghijklmn', 0o600);
    this.writeTree(join(this.folder, 'new', TOP), '4.4.18');
    const tarball = join(this.folder, 'mms.tar.gz');
    execFileSync('tar', ['-C', join(this.folder, 'new'), '-czf', tarball, TOP]);
    this.package = { onHost: tarball, sha256: createHash('sha256').update(readFileSync(tarball)).digest('hex') };
    this.on = { ...this.world.on('om-2'), platform: 'linux', installDir: this.root, runAs: userInfo().username, roles: ['backup-daemon'] };
    this.host.isListed = () => true; // what is typed on such a host is proven in the lab
    this.#runForReal();
  }

  get host(): FakeHost {
    return this.world.host('om-2');
  }

  input(step: string, mode: 'act' | 'look' = 'act', attempt = 1): { host: OpsManagerHost; attempt: ReturnType<FakeWorld['attempt']>; package: Package; version: string } {
    return { host: this.on, attempt: { ...this.world.attempt(`${step}:om-2`, mode), token: `run-1/${step}:om-2#${attempt}` }, package: this.package, version: '4.4.18' };
  }

  /** Saved and staged, as it is when the install's turn comes; then stopped. */
  async prepare(): Promise<void> {
    const outcomes = [await this.world.run('saveConfiguration', this.input('save')), await this.world.run('stagePackage', this.input('stage'))];
    if (outcomes.some(({ outcome }) => outcome !== 'done')) throw new Error(JSON.stringify(outcomes));
    this.host.end('-Dapp-id');
  }

  /** What is in a file below the tree's folder; null when there is none. */
  read(path: string): string | null {
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  }

  write(path: string, content: string, mode = 0o644): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
  }

  startDaemon(): void {
    this.host.begin(DAEMON.replaceAll('/opt/mongodb/mms', this.root), this.on.runAs);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs the words for real, below the temporary folder. */
  type(argv: readonly string[]): { code: number; stdout: string; stderr: string } {
    const [program = '', ...words] = argv.map((word) => word.startsWith(KEPT) ? this.folder + word : word);
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    return { code: status ?? 255, stdout: stdout.replaceAll(this.folder + KEPT, KEPT), stderr };
  }

  writeTree(root: string, version: string): void {
    for (const name of ['mongodb-mms', 'mongodb-mms-backup-daemon']) this.write(`${root}/bin/${name}`, `#!/bin/sh\n# ${version}\n`, 0o755);
    this.write(`${root}/conf/conf-mms.properties`, `mongo.mongoUri=mongodb://127.0.0.1:27017\nmms.of.${version}=secret-default\n`);
    this.write(`${root}/conf/mms.conf`, 'BASE_PORT=8080\nENC_KEY_PATH=${HOME}/.mongodb-mms/gen.key\n');
    this.write(`${root}/lib/mms-${version}.jar`, version);
    this.write(`${root}/jdk/release`, 'JAVA_VERSION="11"\n');
    this.write(`${root}/jdk/lib/security/cacerts`, 'certificates');
    for (const folder of ['logs', 'tmp', 'classes']) mkdirSync(join(root, folder), { recursive: true });
  }

  #runForReal(): void {
    const { host } = this;
    const run = host.run.bind(host), start = host.startJob.bind(host);
    host.run = async (command, options) => {
      const [program = ''] = command.argv;
      if (program === 'getent') return { code: 0, stdout: `${this.on.runAs}:x:1:1::${join(this.folder, 'home')}:/bin/sh\n`, stderr: '', truncated: false };
      if (program.startsWith(`${this.root}/bin/`)) return { code: host.runs('-Dapp-id') ? 0 : 3, stdout: '', stderr: '', truncated: false };
      if (program === 'uname') return { code: 0, stdout: 'x86_64\n', stderr: '', truncated: false };
      return PROGRAMS.some((each) => each === program) ? { ...this.type(command.argv), truncated: false } : run(command, options);
    };
    host.startJob = async (attempt, job) => {
      const text = typed(job.command);
      if (PROGRAMS.some((each) => each === job.command.argv[0]) && ![...host.effects.keys()].some((begin) => text.startsWith(begin))) {
        host.effects.set(text, () => { const { code, stdout, stderr } = this.type(job.command.argv); return { code, output: stdout + stderr }; });
      }
      return start(attempt, job);
    };
  }
}
