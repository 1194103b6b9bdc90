/** An Ops Manager installation as it is written in a file. What it leaves out is filled in by `completeOpsManager`. */
import { z } from 'zod';
import type { OpsManagerInstallation } from '../upgrade/installation.ts';
import { applicationDatabase } from './application-database.ts';
import { completeHosts } from './hosts.ts';
import { completeLoadBalancers, loadBalancers } from './load-balancers.ts';
import { packageSection } from './packages.ts';
import { healthPolicy } from './policy.ts';
import { secretReference } from './secret-reference.ts';
import { listOf, oneWordOf, section } from './section.ts';
import { sshOfAllHosts, sshOfOneHost } from './ssh.ts';
import { address, command, duration, durationOrNever, hostPath, name, serviceName, url, user, version, wholeNumber, workerPath, yesOrNo } from './values.ts';

const ownServices = section({
  names: section({ application: serviceName.optional(), backupDaemon: serviceName.optional() }).optional(),
  start: command.optional(),
  stop: command.optional(),
  backupDaemon: section({ start: command, stop: command }).optional(),
});

const host = section({
  name,
  address: address.optional(),
  platform: oneWordOf('debian', 'rhel', 'linux', 'windows'),
  roles: listOf(oneWordOf('application', 'backup-daemon'), 'a list of roles: application, backup-daemon'),
  ssh: sshOfOneHost.optional(),
  url: url.optional(),
  caFile: workerPath.optional(),
  clientCertificate: section({ certFile: workerPath, keyFile: workerPath, passphrase: secretReference.optional() }).optional(),
  installDir: hostPath.default('/opt/mongodb/mms'),
  runAs: user.default('mongodb-mms'),
  service: ownServices.optional(),
  quiesce: section({ before: command.optional(), after: command.optional() }).optional(),
});

const target = section({
  version,
  packages: section({
    debian: packageSection.optional(),
    rhel: packageSection.optional(),
    linux: packageSection.optional(),
    windows: packageSection.optional(),
  }),
  newerThanKnown: yesOrNo.default(false),
});

const backupDaemons = section({
  stop: oneWordOf('self-stop', 'before-first-host').default('self-stop'),
  // A daemon's own limit is 65 minutes; ten more, so that we never ask about one that is about to end.
  for: duration('1s', '24h').default('75m'),
  attempts: wholeNumber(1, 20).default(3),
  every: duration('1s', '1h').default('2m'),
  whenStuck: oneWordOf('ask', 'wait', 'stop').default('ask'),
  settle: duration('0s', '24h').default('5m'),
  quiesce: durationOrNever('0s', '2h').optional(),
}).prefault({});

const policy = section({
  approve: z.array(oneWordOf('start', 'first-host', 'each-host', 'finish'), {
    error: 'a list of start, first-host, each-host, finish',
  }).default(['start', 'each-host']),
  backupDaemons,
  health: healthPolicy('15m'),
  soak: duration('0s', '24h').default('2m'), // zero is allowed: no soak
  proveReadOnly: yesOrNo.default(false),
}).prefault({});

export const opsManagerFile = section({
  installation: name,
  product: oneWordOf('ops-manager'),
  target,
  ssh: sshOfAllHosts.optional(),
  hosts: listOf(host, 'a list of hosts'),
  applicationDatabase,
  loadBalancers,
  api: section({ publicKey: secretReference, privateKey: secretReference }).optional(),
  policy,
});

export function completeOpsManager(file: z.output<typeof opsManagerFile>): OpsManagerInstallation {
  const { ssh = {}, policy, ...rest } = file;
  const hosts = completeHosts(file.hosts, ssh);
  return { ...rest, policy: completePolicy(policy, file.api !== undefined), hosts, loadBalancers: completeLoadBalancers(file.loadBalancers, ssh, hosts) };
}

/** The vendor says that the setting takes up to five minutes to take effect. Without a key nothing can be set. */
function completePolicy(given: z.output<typeof policy>, hasApi: boolean): OpsManagerInstallation['policy'] {
  return hasApi ? { ...given, backupDaemons: { ...given.backupDaemons, quiesce: given.backupDaemons.quiesce ?? '5m' } } : given;
}
