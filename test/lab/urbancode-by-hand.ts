/** What a person would do and see on nodes of UrbanCode Deploy: used to try the lab without Lockkeeper. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { API_TOKEN, APP_DATA, DRIVE_C, INSTALL_DIR, UCD_ADDRESSES, type UcdHost, type UcdLab } from './urbancode.ts';

/** The site's way to start and stop the server on this host. */
const SERVICE = { 'ucd-2': (verb: string) => `systemctl ${verb} ucd-server` } as Partial<Record<UcdHost, (verb: string) => string>>;

export async function service(lab: UcdLab, host: UcdHost, verb: 'start' | 'stop'): Promise<string> {
  return lab.sh(host, SERVICE[host]?.(verb) ?? `cd / && ${asUser(`${INSTALL_DIR}/bin/server ${verb}`)}`);
}

export const asUser = (command: string): string => `sudo -H -u ucd ${command}`;

export interface InstallOptions {
  /** Written into install.properties after what every unattended run needs; undefined leaves one of these out. */
  readonly properties?: Readonly<Record<string, string | undefined>>;
  readonly words?: string;
  readonly user?: string;
  /** What a person types, where the run is not unattended. */
  readonly typed?: string;
}

/** Runs the release's installer on the host, unattended unless something is typed. Rejects with the installer's words when it fails. */
export async function install(lab: UcdLab, host: UcdHost, release: string, { properties = {}, words = '', user = 'ucd', typed }: InstallOptions = {}): Promise<string> {
  const all = { ...(typed === undefined ? { nonInteractive: 'true' } : {}), 'install.server.dir': INSTALL_DIR, 'install.java.home': '/opt/ucd/jre', 'agentcomm.uri': `wss://${host}:7919`, ...properties };
  const lines = Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}\n`])).join('');
  await lab.sh(host, `rm -rf /root/package && mkdir /root/package && cat >/root/package/zip && cd /root/package && unzip -q zip && chmod 755 /root`, readFileSync(lab.package(release).file));
  await lab.sh(host, `cat >>/root/package/ibm-ucd-install/install.properties; chown -R ${user} /root/package`, lines);
  return lab.sh(host, `sudo -H -u ${user} /root/package/ibm-ucd-install/install-server.sh ${words} 2>&1 || { cat /root/package/ibm-ucd-install/install.log >&2; exit 1; }`, typed);
}

/** A person unpacks the release on the Windows node and runs its installer there. Returns what it printed. */
export async function installOnWindows(lab: UcdLab, release: string): Promise<string> {
  const unpack = `rm -rf ${DRIVE_C}/ucd/package && mkdir ${DRIVE_C}/ucd/package && cd ${DRIVE_C}/ucd/package && cat >zip && unzip -q zip`;
  await lab.sh('ucd-w', unpack, readFileSync(lab.package(release).file));
  const lines = ['nonInteractive=true', 'install.server.dir=C\\:\\\\ucd\\\\server', 'install.java.home=C\\:\\\\ucd\\\\java', 'agentcomm.uri=wss://ucd-w:7919', ''];
  await lab.sh('ucd-w', `cd ${DRIVE_C}/ucd && cat >>package/ibm-ucd-install/install.properties && chown -R ucd: package`, lines.join('\n'));
  return typed(lab, 'C:\\ucd\\package\\ibm-ucd-install\\install-server.bat');
}

/** What cmd.exe of the Windows node prints for a command, over SSH. Rejects unless it ends with 0. */
export async function typed(lab: UcdLab, command: string): Promise<string> {
  return (await lab.run('ssh', 'ucd-w', command)).replaceAll('\r', '');
}

export const SERVERS = ['ucd-1', 'ucd-2', 'ucd-3'] as const;

export async function stopAll(lab: UcdLab): Promise<void> {
  await Promise.all(SERVERS.map((host) => service(lab, host, 'stop')));
}

/** With all servers down: upgrades the first node and starts it, then the others; the standby is upgraded and stays down. */
export async function upgradeByHand(lab: UcdLab, release: string): Promise<void> {
  for (const host of SERVERS) {
    await install(lab, host, release, { properties: { 'server.appdata.dir': APP_DATA } });
    await service(lab, host, 'start');
    await untilServed(host, release);
  }
  await install(lab, 'ucd-4', release, { properties: { 'server.appdata.dir': APP_DATA } });
}

export async function untilServed(host: UcdHost, release: string): Promise<void> {
  for (let look = 0; look < 100; look += 1) {
    if (await servedBy(host) === release) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${host} does not serve ${release}`);
}

/** The release a host serves, as "7.3.2.1", or "nothing". */
export async function servedBy(host: UcdHost): Promise<string> {
  const reply = await asked(host, 'GET', '/').catch(() => undefined);
  return /v\. (\d+\.\d+\.\d+\.\d+)/.exec(reply?.text ?? '')?.[1] ?? 'nothing';
}

/** What a node answers to a REST call with the lab's token. The lab's CA is not looked at here. */
export function asked(host: UcdHost, method: 'GET' | 'PUT', path: string, sent?: unknown): Promise<{ readonly status: number; readonly text: string }> {
  const auth = `PasswordIsAuthToken:${JSON.stringify({ token: API_TOKEN })}`;
  return new Promise((resolve, reject) => {
    const call = request({ host: UCD_ADDRESSES[host], port: 8443, method, path, auth, rejectUnauthorized: false, timeout: 2_000 }, (reply) => {
      const parts: string[] = [];
      reply.setEncoding('utf8').on('data', (part: string) => parts.push(part)).on('end', () => resolve({ status: reply.statusCode ?? 0, text: parts.join('') })).on('error', reject);
    });
    call.on('error', reject).on('timeout', () => call.destroy(new Error('no answer')));
    call.end(sent === undefined ? undefined : JSON.stringify(sent));
  });
}

/** What runs, as the dashboard shows it: its kind and what it is cancelled by. */
export async function runningWork(host: UcdHost): Promise<readonly { readonly kind: string; readonly trace: string }[]> {
  const found = JSON.parse((await asked(host, 'GET', '/rest/workflow/currentActivity')).text) as { processRequestType: string; traceId?: string; workflowTraceId?: string }[];
  return found.map((each) => ({ kind: each.processRequestType, trace: each.workflowTraceId ?? each.traceId ?? '' }));
}

/** Moves the network storage of a release before 6.1.1.5 into the places of application data, as a person would. */
export async function moveStorage(lab: UcdLab): Promise<void> {
  await lab.sh('ucd-1', `cd ${APP_DATA} && mkdir -p var conf/server && for each in var/plugins var/repository var/sa logs conf/server/notification-templates conf/encryption.keystore conf/server.keystore conf/collectors patches
    do mv storage/\${each##*/} $each; done; rmdir storage; chown -R ucd: .`);
}
