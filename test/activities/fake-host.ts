/** A Debian host of Ops Manager: the fake machine with the package, its services and their logs. */
import type { HttpAnswer, HttpQuestion, Ran } from '../../src/ssh/port.ts';
import { Unreachable } from '../../src/ssh/errors.ts';
import { FakeMachine, type Each, type JobEnd } from './fake-machine.ts';

export const APPLICATION = '/opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=mms -cp a.jar com.xgen.svc.core.ServerMain';
export const DAEMON = '/opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=bgrid -cp a.jar com.xgen.svc.brs.grid.Daemon';
export const MIGRATION = '/opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=mms com.xgen.svc.common.migration.MigrationRunner';
const MMS = '/opt/mongodb/mms';
export const KEY = '/etc/mongodb-mms/gen.key';

export class FakeHost extends FakeMachine {
  package = { version: '4.4.13.100-1', status: 'ii ', unpackedAt: -100_000 };
  /** `dpkg -V`. */
  changed = '';
  daemonAtBoot = true;
  answersHttp: boolean | null = null;

  constructor(name: string, clock: { time: number }) {
    super(name, clock);
    this.write(KEY, '0123456789abcdefghijklmn', 'mongodb-mms:mongodb-mms', '600');
    this.write(`${MMS}/conf/conf-mms.properties`, 'mongo.mongoUri=mongodb://mms:pw@db-1,db-2/?replicaSet=rs0\n');
    this.write(`${MMS}/conf/mms.conf`, 'BASE_PORT=8080\n');
    this.write(`${MMS}/logs/daemon.log`, '');
    this.write(`${MMS}/logs/mms0-startup.log`, '');
    this.write(`${MMS}/logs/mms-migration.log`, '');
    this.write('/etc/init.d/mongodb-mms-backup-daemon', '#!/bin/sh\n', 'root:root', '755');
  }

  override write(path: string, content: string, owner = 'mongodb-mms:mongodb-mms', mode = '600'): void {
    super.write(path, content, owner, mode);
  }

  override begin(args: string, user = 'mongodb-mms'): number {
    return super.begin(args, user);
  }

  get release(): string {
    return /^\d+\.\d+\.\d+/.exec(this.package.version)?.[0] ?? '';
  }

  async http({ url }: HttpQuestion): Promise<HttpAnswer> {
    const up = this.answersHttp ?? this.runs('ServerMain');
    if (!this.reachable || !up) throw new Unreachable(`nothing answers at ${url}.`);
    return { status: 200, headers: { 'X-MongoDB-Service-Version': `gitHash=1; versionString=${this.release}.100` }, body: '' };
  }

  protected override look(argv: readonly string[]): Partial<Ran> {
    const [program = '', ...rest] = argv;
    switch (program) {
      case 'stat': return this.#stat(rest, this.each(rest.filter((word) => word.startsWith('/'))));
      case 'dpkg-query': return this.package.status === 'un ' ? { code: 1, stderr: 'dpkg-query: no packages found matching mongodb-mms\n' } : { stdout: `${this.package.version}\t${this.package.status}\tamd64\n` };
      case 'dpkg-deb': return { stdout: 'Package: mongodb-mms\nVersion: 4.4.18.100-1\nArchitecture: amd64\n' };
      case 'dpkg': return rest[0] === '-V' ? { stdout: this.changed } : rest[0] === '--print-architecture' ? { stdout: 'amd64\n' } : {};
      case 'ls': return rest.includes('/etc/rc2.d') ? { stdout: `S01mongodb-mms\n${this.daemonAtBoot ? 'S01' : 'K01'}mongodb-mms-backup-daemon\n` } : super.look(argv);
      case 'service': return { code: this.runs(rest[0] === 'mongodb-mms' ? 'ServerMain' : 'grid.Daemon') ? 0 : 3 };
      default: return super.look(argv);
    }
  }

  #stat(words: readonly string[], each: Each): Partial<Ran> {
    if (words.some((word) => word.endsWith('mongodb-mms.list'))) return { stdout: `${Math.floor(this.package.unpackedAt / 1_000)}\n` };
    if (words[1] === '%s') return each((_, file) => `${file.content.length}\n`);
    return each((path, file) => `${file.mode} ${file.owner} ${file.content.length} ${path}\n`);
  }

  protected override act(argv: readonly string[]): JobEnd {
    const words = argv.join(' ');
    if (words === 'service mongodb-mms stop') this.end('ServerMain');
    else if (words === 'service mongodb-mms start') this.begin(APPLICATION);
    else if (words.endsWith('mongodb-mms-backup-daemon stop')) this.end('grid.Daemon');
    else if (words.endsWith('mongodb-mms-backup-daemon start')) this.startDaemon();
    else if (argv[0] === 'dpkg') this.install('4.4.18.100-1');
    else return super.act(argv);
    return { code: 0 };
  }

  startDaemon(): void {
    this.begin(DAEMON);
    this.write(`${MMS}/logs/daemon.log`, `Starting Backup Daemon ${this.package.version}\n`);
  }

  install(version: string): void {
    this.package = { version, status: 'ii ', unpackedAt: this.clock.time };
  }
}
