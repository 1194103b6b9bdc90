/** Reads a server's own configuration, and renders the answers for an unattended installer. */
import { parse } from 'dot-properties';
import type { Seen } from '../../upgrade/outcome.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../upgrade/installation-urbancode.ts';
import { trimmed } from '../linux/paths.ts';

/** HTTPS, HTTP, JMS and web agents, by the vendor's defaults. */
export const USUAL_PORTS: readonly number[] = [8_443, 8_080, 7_918, 7_919];
const WEB_AGENTS = 7_919;

export interface ServerProperties {
  /** Null where the property is absent or `..`: the layout of before 6.1.1.5, with the data below the install dir. */
  readonly appData: string | null;
  readonly agentcomm: 'set' | 'absent';
  /** As the product names it: "mysql", "oracle"; undefined when it does not say. */
  readonly database?: string | undefined;
  readonly driver?: string | undefined;
  readonly javaHome?: string | undefined;
  /** On which it listens, as far as it says; where it names no web port, the usual ones. */
  readonly ports: readonly number[];
}

/** Of installed.properties. Null when it holds no property at all: then it was not read. */
export function readProperties(text: string): ServerProperties | null {
  const all = parse(text) as Readonly<Record<string, string>>;
  if (Object.keys(all).length === 0) return null;
  const of = (...keys: readonly string[]): string | undefined => keys.map((key) => all[key]?.trim()).find((value) => value !== undefined && value !== '');
  const port = (key: string): readonly number[] => (/^\d{1,5}$/.test(of(key) ?? '') ? [Number(of(key))] : []);
  const web = [...port('install.server.web.https.port'), ...port('install.server.web.port')];
  // Another port in it may be a proxy's.
  const agents = new RegExp(`:${WEB_AGENTS}(?!\\d)`).test(of('agentcomm.uri') ?? '') ? [WEB_AGENTS] : [];
  const appData = of('server.appdata.dir');
  const driver = of('hibernate.connection.driver_class');
  return {
    appData: appData === undefined || appData === '..' ? null : trimmed(appData),
    agentcomm: of('agentcomm.uri') === undefined ? 'absent' : 'set',
    database: (of('database.type') ?? databaseOf(of('hibernate.connection.url')))?.toLowerCase(),
    driver,
    javaHome: of('install.java.home', 'java.home'),
    ports: web.length === 0 ? USUAL_PORTS : [...web, ...port('server.jms.port'), ...agents],
  };
}

/** Where the server serves, of installed.properties: by https wherever it has a port for that; null when it names none. */
export function servedBy(text: string): { readonly scheme: 'http' | 'https'; readonly port: number } | null {
  const all = parse(text) as Readonly<Record<string, string>>;
  const port = (key: string): number => (/^\s*\d{1,5}\s*$/.test(all[key] ?? '') ? Number(all[key]) : 0);
  const https = port('install.server.web.https.port'), http = port('install.server.web.port');
  if (https > 0) return { scheme: 'https', port: https };
  return http > 0 ? { scheme: 'http', port: http } : null;
}

/** "jdbc:oracle:thin:@…" → "oracle". */
function databaseOf(url: string | undefined): string | undefined {
  return /^jdbc:([a-z0-9]+):/i.exec(url ?? '')?.[1];
}

export interface Environment {
  readonly javaHome?: string | undefined;
  /** Whether the server's JVM is told to use certified providers only. */
  readonly fips: Seen;
}

/** Of bin/set_env, or of the options of a running JVM. What a shell would have to work out (`$HOME/…`) is not followed. */
export function readEnvironment(text: string): Environment {
  if (text.trim() === '') return { fips: 'unknown' };
  const home = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?JAVA_HOME=(["']?)([^"'\s;]+)\1/gm)].at(-1)?.[2];
  return { javaHome: home?.startsWith('/') && !/[$`]/.test(home) ? home : undefined, fips: /-D\S*fips\S*=(true|yes|y|1)\b/i.test(text) ? 'yes' : 'no' };
}

/** "1.8.0_392" and "11.0.21" of what `java -version` printed; null when it printed none. */
export function readJavaVersion(printed: string): string | null {
  return /version "([^"]+)"/.exec(printed)?.[1] ?? null;
}

/** 8 of "1.8.0_392", 11 of "11.0.21". */
export function javaMajor(version: string): number | null {
  const found = /^(?:1\.)?(\d+)/.exec(version)?.[1];
  return found === undefined ? null : Number(found);
}

export interface Answers {
  readonly host: Pick<UrbancodeDeployHost, 'installDir' | 'agentcommUri'>;
  readonly installation: Pick<UrbancodeDeployInstallation, 'appData' | 'installProperties'>;
  /** As they were seen on the host. */
  readonly seen: { readonly javaHome: string; readonly agentcomm: 'set' | 'absent'; readonly layout: 'app-data' | 'below-install-dir' };
}

/** The lines to append to the package's install.properties, written as Java reads them. The file's own come last and win. */
export function answersFor({ host, installation, seen }: Answers): readonly string[] {
  const answers: Readonly<Record<string, string>> = {
    nonInteractive: 'true',
    'install.server.dir': trimmed(host.installDir),
    'install.java.home': seen.javaHome,
    ...(seen.agentcomm === 'absent' && host.agentcommUri !== undefined ? { 'agentcomm.uri': host.agentcommUri } : {}),
    ...(seen.layout === 'below-install-dir' ? { 'server.appdata.dir': trimmed(installation.appData) } : {}),
    ...installation.installProperties,
  };
  return Object.entries(answers).map(([key, value]) => `${key}=${asJavaReads(value)}`);
}

/** A backslash begins an escape, and blanks at the front are skipped. */
function asJavaReads(value: string): string {
  return value.replaceAll('\\', '\\\\').replace(/^[ \t\f]/, '\\$&');
}
