import { describe, expect, it } from 'vitest';
import { checkInstallation } from '../../../src/installation/check.ts';
import { planUpgrade } from '../../../src/products/urbancode-deploy/plan.ts';
import type { Plan } from '../../../src/upgrade/plan.ts';
import type { ServerFacts } from '../../../src/upgrade/urbancode-facts.ts';
import { anUrbancodeInstallation, anUrbancodeInstallationWith } from '../../installation/an-urbancode-installation.ts';

const facts = (name: string, changes: Partial<ServerFacts> = {}): ServerFacts => ({
  name, roles: ['server'], installed: '7.0.5.2', serves: '7.0.5.2', running: 'yes', healthy: true, finished: false, agentcomm: 'set', layout: 'app-data', autostart: [], javaHome: '/opt/jre',
  java: '11.0.2', database: 'mysql', fips: 'no', patches: [], customised: {}, left: {}, ...changes,
});
const [server] = anUrbancodeInstallation().hosts;
const STANDBY = { ...server, name: 'ucd-0', address: '10.0.1.9', roles: ['standby'], agentcommUri: undefined };

function plan(changes: Readonly<Record<string, unknown>> = {}, seen: readonly ServerFacts[] = [facts('ucd-1'), facts('ucd-2')]): Plan {
  const checked = checkInstallation(anUrbancodeInstallationWith(changes));
  if ('problems' in checked || checked.installation.product !== 'urbancode-deploy') throw new Error(JSON.stringify(checked));
  return planUpgrade({ installation: checked.installation, facts: seen });
}
const steps = (of: Plan, name: string): readonly string[] => [...new Set(of.hosts.find((host) => host.name === name)?.commands.map(({ step }) => step))];

describe('the plan', () => {
  it('goes through servers in the file\'s order and ends with standbys, which are installed and never started', () => {
    const of = plan({ hosts: [STANDBY, ...anUrbancodeInstallation().hosts] }, [facts('ucd-1'), facts('ucd-2'), facts('ucd-0', { roles: ['standby'], running: 'no' })]);
    expect(of.hosts.map(({ name, kind }) => [name, kind])).toEqual([['ucd-1', 'server'], ['ucd-2', 'server'], ['ucd-0', 'standby']]);
    expect(steps(of, 'ucd-0')).toEqual(['stage the package', 'answer its questions', 'install', 'see that it is installed']);
  });

  it('stops before it installs, starts after it, and touches the database on the first host alone', () => {
    const of = plan();
    expect(steps(of, 'ucd-1').slice(-7)).toEqual(['drain from the load balancer (on lb-1)', 'stop the server', 'answer its questions', 'install', 'see that it is installed', 'start the server', 'put back in the load balancer (on lb-1)']);
    expect(of.hosts[0]!.expectedMinutes).toBeGreaterThan(of.hosts[1]!.expectedMinutes);
    expect(of.lastReversible).toContain('right before the installer of ucd-1 begins');
  });

  it('has word for word what a person types on a Windows host, between closing and opening the load balancer', () => {
    const windows = { name: 'ucd-2', address: '10.0.1.2', platform: 'windows', roles: ['server'], installDir: 'C:\\ucd\\server', runAs: 'ucd', service: { name: 'ibm-ucd' } };
    const of = plan({ 'hosts.1': windows, 'target.packages.windows': { file: 'ucd.zip', sha256: 'ab'.repeat(32) } });
    expect(of.hosts[1]?.commands.map(({ step, typed }) => (step.includes('load balancer') ? step : typed))).toEqual([
      '(a person) mkdir C:\\ucd\\lockkeeper-7.3.2.1', '(a person) certutil -hashfile C:\\ucd\\lockkeeper-7.3.2.1\\ucd.zip SHA256', 'drain from the load balancer (on lb-1)',
      '(a person) sc stop ibm-ucd', '(a person) sc query ibm-ucd', '(a person) cd /d C:\\ucd\\lockkeeper-7.3.2.1\\ibm-ucd-install', '(a person) install-server.bat',
      '(a person) sc start ibm-ucd', 'put back in the load balancer (on lb-1)',
    ]);
  });

  it('names the gate at which a person moves application data, from below 6.1.1.5 alone', () => {
    const moves = (of: Plan) => of.hosts.map(({ commands }) => commands.filter(({ step }) => step.includes('gate "storage"')).length);
    expect(moves(plan({}, ['ucd-1', 'ucd-2'].map((name) => facts(name, { installed: '6.1.0.4', layout: 'below-install-dir' }))))).toEqual([1, 0]);
    expect(moves(plan())).toEqual([0, 0]);
  });

  it.each([['first', 'back up, while users work', 'what users do between it and the stop is lost'], ['after-stop', 'back up, when all servers are down', 'the outage is longer'], ['both', 'back up, when all servers are down', 'the outage is longer by as long as the second one takes']])('backs up %s and names the price', (backup, step, price) => {
    const of = plan({ 'policy.backup': backup, 'database.backups': [{ host: 'ucd-1', command: '/bin/backup', verify: 'true' }] });
    expect(steps(of, 'ucd-1')).toContain(step);
    expect(of.lastReversible).toContain(price);
  });

  it('types -fips where it is asked for, -frontend on front-ends, and the site\'s answers', () => {
    const install = (of: Plan): string => of.hosts[0]!.commands.find(({ step }) => step === 'install')!.typed;
    expect(install(plan({ 'policy.fips': true }))).toMatch(/ -fips$/);
    expect(install(plan())).not.toContain('-fips');
    expect(install(plan())).toMatch(/\/jre$/);
    expect(install(plan({ 'hosts.0.roles': ['front-end'], 'hosts.1.roles': ['front-end'] }))).toMatch(/ -frontend$/);
    expect(plan({ installProperties: { 'a.b': 'c' } }).hosts[0]!.commands.find(({ step }) => step === 'answer its questions')!.typed).toContain('a.b=c');
  });

  it('names what is switched off, and puts exactly that back; nothing where the file leaves it on', () => {
    const seen = [facts('ucd-1', { autostart: [{ kind: 'cron', file: '/etc/cron.d/ucd', line: '* * * * * ucd /opt/ucd/server/bin/server start' }] }), facts('ucd-2')];
    const of = plan({}, seen);
    expect(steps(of, 'ucd-1').filter((step) => /^(switch|put back c)/.test(step))).toEqual(['switch off cron lines', 'put back cron lines']);
    expect(steps(of, 'ucd-2').filter((step) => /^switch/.test(step))).toEqual([]);
    expect(steps(plan({ 'policy.autostart': 'leave' }, seen), 'ucd-1').filter((step) => /^(switch|put back c)/.test(step))).toEqual([]);
  });

  it('has maintenance mode only where the release that runs has it, and a person where there is no token', () => {
    const api = { api: { url: 'https://ucd.example', token: { env: 'T' } } };
    expect(steps(plan(api), 'ucd-1')).toContain('turn maintenance mode on');
    expect(steps(plan(api, [facts('ucd-1', { installed: '7.0.2.0' }), facts('ucd-2', { installed: '7.0.2.0' })]), 'ucd-1')).not.toContain('turn maintenance mode on');
    expect(plan().hosts[0]!.commands.find(({ step }) => step === 'see that nothing runs')!.typed).toContain('(a person)');
  });

  it('of a continued upgrade says that the point of no return is passed, and does nothing on what is finished', () => {
    const of = plan({}, [facts('ucd-1', { installed: '7.3.2.1', finished: true }), facts('ucd-2')]);
    expect(of.lastReversible).toContain('The point of no return is passed');
    expect(of.hosts.map(({ finished, commands }) => [finished, commands.length > 0])).toEqual([[true, false], [false, true]]);
  });
});
