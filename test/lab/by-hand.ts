/** What a person would do and see on the hosts: used to try the lab without Lockkeeper. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ADDRESSES, API_KEY, platformOf, type Lab, type LabHost } from './topology.ts';

const INSTALL = {
  debian: 'dpkg --force-confdef --force-confold -i', rhel: 'rpm -Uvh',
  // Over the old tree, its configuration excepted; the release is written down as Lockkeeper's preflight says.
  linux: 'tar -C /srv/ops-manager --strip-components=1 --no-same-owner --exclude=*/conf -xzf',
};

/** Installs a release over the one that is there. Rejects with the package manager's words when it fails. */
export async function replacePackage(lab: Lab, host: LabHost, release: string, install = INSTALL[platformOf(host)]): Promise<void> {
  await lab.sh(host, 'cat >/root/package', readFileSync(lab.package(release, platformOf(host)).file));
  await lab.sh(host, `${install} /root/package </dev/null`);
  if (platformOf(host) === 'linux') await lab.sh(host, `chown -R opsmgr: /srv/ops-manager; ln -sfT ${release} /srv/ops-manager/.lockkeeper-release`);
}

/** Stops the application, installs the release, starts it. The vendor's start brings up the daemon too, unless disabled. */
export async function replaceApplication(lab: Lab, host: LabHost, release: string): Promise<void> {
  await lab.sh(host, 'service mongodb-mms stop');
  await replacePackage(lab, host, release);
  await lab.sh(host, 'service mongodb-mms start');
}

/** The release a host serves, as "4.4.18", or "nothing". */
export async function served(host: LabHost): Promise<string> {
  try {
    const reply = await fetch(`http://${ADDRESSES[host]}:8080/api/public/v1.0/unauth/versionManifest`, { signal: AbortSignal.timeout(1_500) });
    await reply.body?.cancel();
    return /versionString=(\d+\.\d+\.\d+)/.exec(reply.headers.get('X-MongoDB-Service-Version') ?? '')?.[1] ?? 'nothing';
  } catch (error) {
    if (error instanceof Error) return 'nothing';
    throw error;
  }
}

/** The HTTP status of a GET; 0 when nothing answers. */
export async function whenServed(host: LabHost, path: string): Promise<number> {
  const reply = await fetch(`http://${ADDRESSES[host]}:8080${path}`, { signal: AbortSignal.timeout(1_500) }).catch(() => undefined);
  await reply?.body?.cancel();
  return reply?.status ?? 0;
}

/** The HTTP status of deleting an object that cannot exist, with the lab's API key: 404, or 405 in Upgrade Mode. */
export async function askedToWrite(host: LabHost): Promise<number> {
  return (await askedApi(host, 'DELETE', '/api/public/v1.0/groups/000000000000000000000000')).status;
}

/** What the API answers to a question with the lab's key (HTTP Digest). */
export async function askedApi(host: LabHost, method: 'GET' | 'PUT' | 'DELETE', path: string, sent?: unknown): Promise<Response> {
  const url = `http://${ADDRESSES[host]}:8080${path}`;
  const question = { method, ...(sent === undefined ? {} : { body: JSON.stringify(sent) }) };
  const challenge = (await fetch(url, question)).headers.get('WWW-Authenticate') ?? '';
  const [realm, nonce] = [/realm="([^"]*)"/.exec(challenge)?.[1], /nonce="([^"]*)"/.exec(challenge)?.[1]];
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const response = md5(`${md5(`${API_KEY.publicKey}:${realm}:${API_KEY.privateKey}`)}:${nonce}:00000001:c0ffee:auth:${md5(`${method}:${path}`)}`);
  const authorization = `Digest username="${API_KEY.publicKey}", realm="${realm}", nonce="${nonce}", uri="${path}", `
    + `qop=auth, nc=00000001, cnonce="c0ffee", response="${response}"`;
  return fetch(url, { ...question, headers: { authorization } });
}

const DAEMONS = '/api/public/v1.0/admin/backup/daemon/configs';
interface DaemonSettings { readonly backupJobsEnabled: boolean; readonly machine: { readonly machine: string; readonly headRootDirectory: string } }

/** Hosts whose Backup Daemon begins new backup jobs, as a person sees in the application. */
export async function takingBackupJobs(host: LabHost): Promise<readonly string[]> {
  const { results } = await (await askedApi(host, 'GET', DAEMONS)).json() as { results: DaemonSettings[] };
  return results.filter(({ backupJobsEnabled }) => backupJobsEnabled).map(({ machine }) => machine.machine).sort();
}

/** A person clears "Backup Jobs" of one daemon. */
export async function disableBackupJobs(host: LabHost, machine: string): Promise<void> {
  const { status } = await askedApi(host, 'PUT', `${DAEMONS}/${machine}/%2Fdata%2Fbackup%2F`, { backupJobsEnabled: false });
  if (status !== 200) throw new Error(`the settings of ${machine} were answered ${status}`);
}
