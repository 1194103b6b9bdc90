import { describe, expect, it } from 'vitest';
import { changedSchema, installerSays, refusedToBegin, whyInstallFailed } from '../../../src/products/urbancode-deploy/installer-log.ts';
import { readStart } from '../../../src/products/urbancode-deploy/server-log.ts';

describe('a failed installer', () => {
  it.each([
    ['Found pid file at /opt/ucd/server/var/server.pid. Ensure HCL UrbanCode Deploy is shutdown, /opt/ucd/server/var/server.pid is removed , then start the installation again.', 'The installer stops at /opt/ucd/server/var/server.pid: prove'],
    ['A previously installed version of HCL UrbanCode Deploy is running. Please shutdown the running HCL UrbanCode Deploy and start the installation again.', 'the server of this host is running'],
    ["An address for the server to listen at for agent communication is required.\nPlease provide a property for 'agentcomm.uri'", 'misses agentcomm.uri'],
    ['java.io.IOException: No space left on device', 'There is no room left'], ['Killed', 'memory was short'], ['./install-server.sh: line 31:  4711 Killed   "$JAVA_HOME/bin/java"', 'memory was short'],
    ['Version 1.7.0 does not meet required minimum 1.8.0', '(1.8.0 is needed)'], ['Java 11 or greater required for UrbanCode Deploy. Installer initialized with 1.8', '(11 is needed)'],
    ['Caused by: : Class Not Found: JDBC driver com.mysql.jdbc.Driver could not be loaded', 'The database driver com.mysql.jdbc.Driver is missing'],
    ['java.lang.ClassNotFoundException: oracle.jdbc.driver.OracleDriver', 'driver oracle.jdbc.driver.OracleDriver is missing'], ['java.sql.SQLException: No suitable driver found for jdbc:mysql://db', 'The database driver is missing'],
    ['com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure', 'cannot reach the database'],
    ["Access denied for user 'ucd'@'ucd-1'", 'lets the product\'s user not in'], ['postgres is not a supported database type.', 'postgres is no database of this release'],
    ['server.initial.password is required.', 'see that installDir is the folder of the installed server'],
    ['java.io.FileNotFoundException: /opt/ucd/server/conf/x (Permission denied)', 'may not write somewhere'],
    ["IllegalArgumentException: Non-Interactive Mode: problem with default value of 'null' for 'Enter the database type' - required", 'The installer asked something although it runs unattended ("Enter the database type")'],
  ])('by %j is explained', (output, says) => { expect(whyInstallFailed(`JVM Version detected: 1.8\n${output}\nInstall Failed.`)).toContain(says); });

  it('is explained by nothing that a good run prints, too', () => {
    expect(whyInstallFailed('A connection can be made to configured server host and port. This is a common scenario when going through a load balancer.Please ensure ALL server processes are stopped before continuing. (press enter to continue)\nagentcomm.uri=wss://ucd-1\nBuild failed')).toBeNull();
    expect(whyInstallFailed('Installer Complete. (press return to exit installer)')).toContain('and the mark, which it writes last, does not');
  });
});

const REFUSAL = 'Found pid file at /opt/ucd/server/var/server.pid. Ensure it is shut down.\nInstall Failed.';
describe('an installer that stops at', () => {
  it.each([
    ['its own pid file', REFUSAL], ['its own server', 'A previously installed version of HCL UrbanCode Deploy is running. Please shutdown the running HCL UrbanCode Deploy and start the installation again.'],
    ['a missing agentcomm.uri', "Please provide a property for 'agentcomm.uri'\nInstall Failed."],
  ])('%s has refused to begin', (_, output) => { expect(refusedToBegin(output)).toBe(true); });
  it.each([
    ['its own pid file, and went on', `${REFUSAL}\nInstaller Complete.`], ['its own pid file, after it changed the schema', `Upgrading the database to 7.3.2.1\n${REFUSAL}`],
    ['a full disk', 'java.io.IOException: No space left on device\nInstall Failed.'], ['a Java that is too old', 'Version 1.7.0 does not meet required minimum 1.8.0'], ['its database', 'Communications link failure'], ['what it does not say', ''],
  ])('%s may have changed anything', (_, output) => { expect(refusedToBegin(output)).toBe(false); });
});

it.each([['x\nInstaller Complete. (press return to exit installer)\n', 'complete'], ['Install Failed. (press return)', 'failed'], ['Installer Complete.\nInstall Failed.', 'failed'], ['', null]])('the end of %j is %s', (output, end) => {
  expect(installerSays(output)).toBe(end);
});

it('an installer tells whether it changed the schema', () => {
  expect(changedSchema('Found database upgrades, cancelling currently running processes\nUpgrading the database to 7.3.2.1')).toBe(true);
  expect(changedSchema('No database upgrades found, leaving processes running')).toBe(false);
});

describe('the last start in a server\'s log', () => {
  const at = '2026-11-22 01:16:5';
  const begins = `${at}9,000 INFO  main com.urbancode.ds.UDeployServer - Starting HCL UrbanCode Deploy server version 7.3.2.1.1161889\n`;
  const ready = (version: string): string => `${at}9,500 INFO  main com.urbancode.ds.UDeployServer - HCL UrbanCode Deploy server version ${version} started.\n`;
  it('is ready by its own line, as four numbers, and not by the line of the start before', () => {
    expect(readStart(begins + ready('7.3.2.1.1161889')).ready).toBe('7.3.2.1');
    expect(readStart(ready('6.1.0.4.560214') + begins).ready).toBeNull();
    expect(readStart('tail -f: UDeployServer will be started.\n').ready).toBeNull();
  });
  it('shows its first troubles, and none of an earlier start', () => {
    expect(readStart(`${at}1 ERROR main old\n${begins}${at}2 INFO fine\n${at}3 ERROR main com.urbancode - The database is of version 6\nCaused by: java.net.BindException: Address already in use\n`).troubles).toHaveLength(2);
  });
});
