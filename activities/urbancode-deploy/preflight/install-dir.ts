/** What is in the install dir: which release, whose files, which settings, which Java, what an upgrade would wipe. */
import { customisedFiles, foreignFiles, javaVersion, listPatches, ownerOfInstallDir, readEnvironment, readProperties } from '../../../src/products/urbancode-deploy/commands.ts';
import { identityIn, type Identity } from '../../../src/products/urbancode-deploy/identity.ts';
import { checksumsBelow } from '../../../src/products/linux/keeping.ts';
import { javaMajor, readEnvironment as environmentIn, readJavaVersion, readProperties as propertiesIn, type ServerProperties } from '../../../src/products/urbancode-deploy/properties.ts';
import { javaFor, needsAgentcommUri } from '../../../src/products/urbancode-deploy/versions.ts';
import type { UrbancodeDeployInstallation } from '../../../src/upgrade/installation-urbancode.ts';
import type { Seen } from '../../../src/upgrade/outcome.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { about } from '../../preflight/finding.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { lookAtKeystores, shortened } from '../kept.ts';
import { lookAtMark, type HostSighting } from '../sighting.ts';

export interface InstallDir {
  readonly installed: string | null;
  readonly properties: ServerProperties | null;
  readonly identity: Identity;
  readonly javaHome: string | undefined;
  readonly java: string | null;
  readonly fips: Seen;
  readonly patches: readonly string[] | null;
  readonly keystores: Readonly<Record<string, string>>;
  readonly customised: Readonly<Record<string, string>> | null;
}

export async function lookAtInstallDir(at: HostAtWork, { process }: HostSighting, { appData }: UrbancodeDeployInstallation): Promise<InstallDir> {
  const { host } = at;
  const [installed, settings, setEnv, customised] = await Promise.all([lookAtMark(at), at.lookUnredacted(readProperties(host)), at.look(readEnvironment(host)), at.look(customisedFiles(host))]);
  const properties = settings.code === 0 ? propertiesIn(settings.stdout) : null, environment = environmentIn(setEnv.stdout);
  const javaHome = host.javaHome ?? homeOfJava(process?.args) ?? environment.javaHome ?? properties?.javaHome;
  const data = properties?.appData ? appData : at.layout.installDir;
  const [patches, keystores] = await Promise.all([at.look(listPatches(host, data)), lookAtKeystores(at, data)]);
  return {
    installed, properties, javaHome, keystores, identity: identityIn(settings.stdout),
    java: javaHome === undefined ? null : await versionOfJava(at, javaHome),
    fips: process ? environmentIn(process.args).fips : environment.fips,
    // The folder comes with the first patch.
    patches: patches.code === 0 || /No such file/.test(patches.stderr) ? lines(patches.stdout).filter((name) => name.endsWith('.jar')) : null,
    customised: customised.code === 0 ? checksumsBelow(at.layout.tomcat, customised.stdout) : null,
  };
}

/** "/opt/ucd/jre" of "/opt/ucd/jre/bin/java -Xmx2048m …". */
function homeOfJava(args: string | undefined): string | undefined {
  return /^(\/\S+)\/bin\/java(?=\s)/.exec(args ?? '')?.[1];
}

async function versionOfJava(at: HostAtWork, javaHome: string): Promise<string | null> {
  const { stdout, stderr } = await at.look(javaVersion(at.host, javaHome));
  return readJavaVersion(`${stderr}\n${stdout}`);
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

export async function checkInstallDir(at: HostAtWork, seen: InstallDir): Promise<readonly Finding[]> {
  const { host, layout } = at, dir = about('install dir', host.name);
  const [owner, foreign] = await Promise.all([at.look(ownerOfInstallDir(host)), at.look(foreignFiles(host))]);
  if (owner.code !== 0) return [dir.refused(`${layout.installDir} is not there on ${host.name}: correct installDir.`)];
  if (owner.stdout.trim() !== host.runAs) return [dir.refused(`${layout.installDir} on ${host.name} belongs to ${owner.stdout.trim()}, and the file says runAs: ${host.runAs}: the installer must run as its owner. Correct runAs, or the owner.`)];
  if (foreign.code !== 0) return [dir.refused(`Whose the files in ${layout.installDir} on ${host.name} are cannot be seen: ${foreign.stderr.trim().slice(0, 200)}`)];
  const [stray] = lines(foreign.stdout);
  if (stray !== undefined) return [dir.refused(`${stray} on ${host.name} does not belong to ${host.runAs}, as when an installer or a server ran as another user: the new installer could not replace it. Give all of it back: sudo chown -R -h ${host.runAs} ${layout.installDir}`)];
  if (seen.installed === null) return [dir.refused(`${layout.mark} on ${host.name} names no version: without it nothing could prove an upgrade. Correct installDir, or restore the file.`)];
  if (seen.properties === null) return [dir.refused(`${layout.properties} on ${host.name} cannot be read by ${host.runAs}: let it be.`)];
  return [dir.ok(`${layout.installDir} is ${seen.installed} by its own mark, and belongs to ${host.runAs}.`)];
}

/** The installer and the new server run on this Java. */
export function checkJava({ host }: HostAtWork, { java, javaHome }: InstallDir, target: string): Finding {
  const jre = about('Java', host.name), { atLeast, warnBelow } = javaFor(target), major = java === null ? null : javaMajor(java);
  if (javaHome === undefined) return jre.refused(`Which Java the server of ${host.name} runs on cannot be seen: name it, as in javaHome: /opt/ucd/jre.`);
  if (major === null) return jre.refused(`${javaHome}/bin/java on ${host.name} tells no version to ${host.runAs}: correct javaHome, or let that user run it.`);
  if (major < atLeast) return jre.refused(`Java ${java} in ${javaHome} on ${host.name} is too old for ${target}, which needs ${atLeast}: install one there and name it as javaHome.`);
  return major < warnBelow ? jre.warning(`Java ${java} in ${javaHome} on ${host.name}: the vendor's pages on ${target} disagree whether ${atLeast} is enough; ${warnBelow} is safe.`) : jre.ok(`Java ${java} in ${javaHome}.`);
}

/** An unattended installer ends at once without an agentcomm.uri, and asks nobody. */
export function checkAgentcomm({ host }: HostAtWork, { properties }: InstallDir, target: string): Finding {
  const uri = about('agentcomm.uri', host.name);
  if (properties === null) return uri.unknown(`Whether ${host.name} has one cannot be seen.`);
  if (properties.agentcomm === 'set') return uri.ok('It is set.');
  if (host.agentcommUri !== undefined) return uri.ok(`It will be set to ${host.agentcommUri}.`);
  return needsAgentcommUri(target) ? uri.refused(`agentcomm.uri is not set on ${host.name}, and an unattended installer of ${target} ends without it: add agentcommUri to ${host.name}, another one on every host, as in "random:(wss://${host.address}:7919)".`) : uri.ok(`It is not set, and ${target} needs none.`);
}

/** What an upgrade switches off or wipes. */
export function checkWiped({ host }: HostAtWork, { customised }: InstallDir): Finding {
  const wiped = about('customised files', host.name);
  if (customised === null) return wiped.unknown(`What somebody changed below opt/tomcat on ${host.name} cannot be seen; an upgrade wipes it.`);
  const names = Object.keys(customised);
  if (names.length === 0) return wiped.ok('Nothing below opt/tomcat is newer than the install.');
  return wiped.warning(`The upgrade wipes what was changed below opt/tomcat on ${host.name}: ${shortened(names)}. Copy what you need before you approve, and put it back afterwards.`);
}
