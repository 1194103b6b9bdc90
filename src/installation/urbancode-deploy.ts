/** An UrbanCode Deploy installation as it is written in a file. Its upgrade is a full stop: other backups, other gates. */
import { z } from 'zod';
import type { UrbancodeDeployInstallation } from '../upgrade/installation-urbancode.ts';
import { servedAt } from '../upgrade/served-at.ts';
import { backups } from './backups.ts';
import { completeHosts } from './hosts.ts';
import { completeLoadBalancers, loadBalancers } from './load-balancers.ts';
import { packageSection } from './packages.ts';
import { healthPolicy } from './policy.ts';
import { secretReference } from './secret-reference.ts';
import { listOf, oneWordOf, section } from './section.ts';
import { sshOfAllHosts, sshOfOneHost } from './ssh.ts';
import { address, command, duration, hostPath, name, serviceName, textLike, url, user, versionOfThreeOrFour, workerPath, yesOrNo } from './values.ts';

const agentcommUri = textLike(/^\S{1,2048}$/, 'a URI like random:(wss://ucd-1.example:7919), without blanks');

// The installer reads them as a Java properties file: names without blanks, values of one line.
const propertyName = textLike(/^[A-Za-z][A-Za-z0-9._-]{0,199}$/, 'the name of a property, like install.server.web.host');
const propertyValue = textLike(/^[^\0\r\n]{0,2000}$/, 'a text of one line');

const host = section({
  name,
  address: address.optional(),
  platform: oneWordOf('linux', 'windows'),
  roles: listOf(oneWordOf('server', 'standby', 'front-end'), 'a list of roles: server, standby, front-end'),
  ssh: sshOfOneHost.optional(),
  url: url.optional(),
  caFile: workerPath.optional(),
  installDir: hostPath,
  runAs: user,
  agentcommUri: agentcommUri.optional(),
  javaHome: hostPath.optional(),
  clientCertificate: section({ certFile: workerPath, keyFile: workerPath, passphrase: secretReference.optional() }).optional(),
  service: z.union([section({ start: command, stop: command }), section({ name: serviceName })], { error: 'start and stop, both commands; on windows the name of the service instead' }).optional(),
  quiesce: section({ before: command.optional(), after: command.optional() }).optional(),
});

const policy = section({
  approve: z.array(oneWordOf('start', 'storage', 'first-installer', 'each-host', 'finish'), {
    error: 'a list of start, storage, first-installer, each-host, finish',
  }).default(['start', 'first-installer']),
  backup: oneWordOf('first', 'after-stop', 'both').default('first'),
  autostart: oneWordOf('disable', 'leave').default('disable'),
  drain: section({ for: duration('1s', '24h').default('30m') }).prefault({}),
  // Some scripts wait for work that ends; nobody is served meanwhile.
  stop: section({ within: duration('1s', '24h').default('10m') }).prefault({}),
  fips: yesOrNo.default(false),
  // All agents reconnect to the first server that is back: slow.
  health: healthPolicy('45m'),
}).prefault({});

export const urbancodeDeployFile = section({
  installation: name,
  product: oneWordOf('urbancode-deploy'),
  target: section({
    version: versionOfThreeOrFour,
    packages: section({ linux: packageSection.optional(), windows: packageSection.optional() }),
    newerThanKnown: yesOrNo.default(false),
  }),
  ssh: sshOfAllHosts.optional(),
  hosts: listOf(host, 'a list of hosts'),
  database: section({
    backups,
    sessions: section({ host: name, command }).optional(),
    restore: listOf(section({ host: name, command }), 'a list of commands, each with host and command').optional(),
  }),
  appData: hostPath,
  installProperties: z.record(propertyName, propertyValue, { error: 'a mapping from properties of the installer to their values' }).optional(),
  api: section({ url, token: secretReference }).optional(),
  loadBalancers,
  policy,
});

export function completeUrbancodeDeploy(file: z.output<typeof urbancodeDeployFile>): UrbancodeDeployInstallation {
  const { ssh = {}, ...rest } = file;
  const hosts = completeHosts(file.hosts, ssh).map((one) => ({ ...one, url: one.url ?? servedAt('https', one.address, 8443) }));
  const target = { ...file.target, version: fourNumbers(file.target.version) };
  return { ...rest, target, hosts, loadBalancers: completeLoadBalancers(file.loadBalancers, ssh, hosts) };
}

/** As the marks on the hosts say it: a release of three numbers is its own fourth, 0. */
function fourNumbers(version: string): string {
  return version.split('.').length === 3 ? `${version}.0` : version;
}
