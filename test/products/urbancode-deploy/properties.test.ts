import { describe, expect, it } from 'vitest';
import { answersFor, javaMajor, readEnvironment, readJavaVersion, readProperties, servedBy } from '../../../src/products/urbancode-deploy/properties.ts';
import { recorded } from './recorded.ts';

describe('installed.properties', () => {
  it('tells where the data is, how agents come, which database it is, which Java and which ports', () => {
    expect(readProperties(recorded('installed.properties.txt'))).toEqual({
      appData: '/mnt/ucd/appdata', agentcomm: 'set', database: 'mysql', driver: 'com.mysql.jdbc.Driver', javaHome: '/opt/ucd/jre', ports: [8_443, 8_080, 7_918, 7_919],
    });
  });

  it.each([
    [recorded('installed.properties.txt'), { scheme: 'https', port: 8_443 }], ['install.server.web.port=8081\n', { scheme: 'http', port: 8_081 }], ['install.server.web.https.port=0\ninstall.server.web.port=80\n', { scheme: 'http', port: 80 }],
    ['install.server.web.https.port=${port}\n', null], ['', null],
  ])('tells where the server serves, by https where it can (%#)', (text, where) => { expect(servedBy(text)).toEqual(where); });

  it.each([['server.appdata.dir=..\n', null], ['x=y\n', null], ['server.appdata.dir=/mnt/ucd/\n', '/mnt/ucd']])('of %j puts the data at %s', (text, where) => {
    expect(readProperties(text)?.appData).toBe(where);
  });

  it.each([
    ['install.server.web.port=8081', [8_081]], ['install.server.web.https.port=443\nserver.jms.port=7999', [443, 7_999]],
    ['install.server.web.https.port=8443\nagentcomm.uri=random\\:(wss\\://lb\\:443,wss\\://ucd-1\\:7919)', [8_443, 7_919]], ['install.server.web.https.port=8443\nagentcomm.uri=wss\\://lb\\:79190', [8_443]],
    ['x=y', [8_443, 8_080, 7_918, 7_919]], ['install.server.web.https.port=${port}', [8_443, 8_080, 7_918, 7_919]],
  ])('of %j names the ports %j', (text, ports) => { expect(readProperties(`${text}\n`)?.ports).toEqual(ports); });

  it('names the database by its URL where no type is written, and nothing when it was not read', () => {
    expect(readProperties('hibernate.connection.url=jdbc\\:oracle\\:thin\\:@db\\:1521\\:ucd\n')).toMatchObject({ database: 'oracle', agentcomm: 'absent' });
    expect(readProperties('')).toBeNull();
  });
});

it.each([
  ['JAVA_HOME="/opt/ucd/jre"\nJAVA_OPTS="-Xmx1g"\n', { javaHome: '/opt/ucd/jre', fips: 'no' }],
  ["export JAVA_HOME=/opt/java\nJAVA_OPTS='-Xmx1g -Dcom.ibm.jsse2.usefipsprovider=true'\n", { javaHome: '/opt/java', fips: 'yes' }],
  ['JAVA_HOME=$HOME/jre\n', { javaHome: undefined, fips: 'no' }], ['', { fips: 'unknown' }],
])('set_env %j is %j', (text, means) => { expect(readEnvironment(text)).toEqual(means); });

it.each([
  ['java version "1.8.0_392"\nJava(TM) SE Runtime Environment', '1.8.0_392', 8], ['openjdk version "11.0.21" 2023-10-17', '11.0.21', 11], ['openjdk version "17" 2021', '17', 17], ['Error: no JVM', null, null],
])('%j is Java %s', (printed, version, major) => {
  expect(readJavaVersion(printed)).toBe(version);
  expect(version === null ? null : javaMajor(version)).toBe(major);
});

describe('the installer\'s answers', () => {
  const asked = { host: { installDir: '/opt/ucd/server/', agentcommUri: 'wss://ucd-1:7919' }, installation: { appData: '/mnt/ucd/appdata/' }, seen: { javaHome: '/opt/jre', agentcomm: 'set', layout: 'app-data' } } as const;
  it('are no questions, this folder, this Java', () => {
    expect(answersFor(asked)).toEqual(['nonInteractive=true', 'install.server.dir=/opt/ucd/server', 'install.java.home=/opt/jre']);
  });
  it('give agentcomm.uri where the server has none, and never change one that it has', () => {
    expect(answersFor({ ...asked, seen: { ...asked.seen, agentcomm: 'absent' } })).toContain('agentcomm.uri=wss://ucd-1:7919');
  });
  it('name the application data where the old layout is left', () => {
    expect(answersFor({ ...asked, seen: { ...asked.seen, layout: 'below-install-dir' } })).toContain('server.appdata.dir=/mnt/ucd/appdata');
  });
  it('are written as Java reads them', () => {
    expect(answersFor({ ...asked, installation: { ...asked.installation, installProperties: { a: 'C:\\x', b: ' y' } } }).slice(3)).toEqual(['a=C:\\\\x', 'b=\\ y']);
  });
});
