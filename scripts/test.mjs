// The whole proof: builds, checks types and style, runs all tests, then those that need lab hosts.
//
//   1. Build dist/ and get the Temporal servers; prepare the lab meanwhile, where there can be one (root, Linux).
//      Without a lab, tests on a real sshd are left out too.
//   2. Type-check, lint and run the tests that need no lab; beside them begin with the lab tests, in one lab.
//   3. Run the other lab tests, a file at a time in each of three labs: upgrades mostly wait, so two cores carry them.
//   4. Say what was left out (without a lab; without a browser) and how to run it. With CI=true, that is a failure. The
//      stories of test/lab-stories/night are told only with LOCKKEEPER_TEST_NIGHT=yes: they take too long for every change.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = mkdtempSync(join(tmpdir(), 'lockkeeper-results-'));
const node = process.execPath;
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const lab = join(root, 'test', 'lab', 'lab');
const total = { passed: 0, failed: 0 };
const NIGHT = 'test/lab-stories/night', night = process.env.LOCKKEEPER_TEST_NIGHT === 'yes';
const broken = []; // a line for each failure, told again at the end
process.chdir(root);

const leftOut = await whyNoLab();
// What the tests on a real sshd need; before the lab installs its own, because there can be only one apt at a time.
const sshd = ['openssh-server', 'openssh-client', 'sudo', 'openssl', 'procps', 'passwd', 'tcsh', 'csh'];
if (leftOut === null) await check('Debian packages', ['scripts/install-missing', ...sshd]);
const prepared = leftOut === null ? prepareLab() : Promise.resolve(false);
if (await check('build', [node, 'scripts/build.mjs'])) await check('Temporal servers', [node, 'scripts/get-servers.mjs']);
await Promise.all([
  check('types', [node, 'node_modules/typescript/bin/tsc', '--noEmit']),
  check('lint', [node, 'node_modules/eslint/bin/eslint.js', '.']),
]);
const browser = process.env.CHROME_PATH ?? '/usr/bin/chromium'; // as in test/ui
const noBrowser = existsSync(browser) ? [] : ['--exclude', 'test/ui/**'];
const files = labTests();
const besideUnit = prepared.then((ready) => ready && testInLab('test-a', files));
await test('unit', [node, vitest, 'run', ...noBrowser], { LOCKKEEPER_TEST_SSHD: leftOut === null ? 'yes' : 'no' });
if (await prepared) await Promise.all([besideUnit, testInLab('test-b', files), testInLab('test-c', files)]);
rmSync(results, { recursive: true, force: true });

if (leftOut !== null) sayLeftOut(`the tests on lab hosts and on a real sshd (${leftOut})`, 'Run them on Linux as root: sudo npm test');
if (noBrowser.length > 0) sayLeftOut(`the test of the Temporal UI (there is no browser at ${browser})`, "Run it after installing Debian's chromium, or with CHROME_PATH=/path/to/chromium: npm test");
if (leftOut === null && !night) console.log(`\nNot told: the long stories of ${NIGHT}.\nTell them all: LOCKKEEPER_TEST_NIGHT=yes npm test`);
for (const line of broken) console.log(`\n${line}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** What was left out and how to run it. In CI nothing may be left out. */
function sayLeftOut(what, how) {
  console.log(`\nLeft out: ${what}.\n${how}`);
  if (process.env.CI !== 'true') return;
  console.log('CI=true: leaving it out is a failure.');
  total.failed += 1;
}

/** Why there can be no lab here, in a few words; null when there can. */
async function whyNoLab() {
  if (process.platform !== 'linux') return 'they need Linux';
  if (process.getuid() !== 0) return 'they need root';
  return promisify(execFile)(lab, ['check']).then(() => null, ({ stdout, stderr }) => `${stdout}${stderr}`.trim() || 'no lab is possible here');
}

async function prepareLab() {
  for (const step of ['deps', 'base', 'packages']) {
    if (!(await check(`lab ${step}`, [lab, step]))) return false;
  }
  return true;
}

/**
 * The lab tests, the longest first, as far as their text tells: an upgrade is what takes time. A file is taken by itself; those of
 * UrbanCode Deploy together, because a lab has to be prepared for that product.
 */
function labTests() {
  const all = ['test/lab', 'test/lab-stories', ...(night ? [NIGHT] : [])].flatMap((folder) => readdirSync(folder).filter((file) => file.endsWith('.test.ts')).map((file) => join(folder, file)));
  const ofUrbancode = all.filter((file) => file.includes('/urbancode'));
  // Ten tests without a story take about as long as one with: a long file that is begun last runs alone at the end.
  const cost = (files) => files.map((file) => readFileSync(file, 'utf8')).reduce((sum, text) => sum + text.split('Story.begin(').length + text.split(/^\s*it\b/m).length / 10, 0);
  return [ofUrbancode, ...all.filter((file) => !ofUrbancode.includes(file)).map((file) => [file])].sort((one, other) => cost(other) - cost(one));
}

/** A lab takes the next files until there are none. A lab in which a test failed is kept for a look. */
async function testInLab(name, files) {
  if (files.length === 0) return;
  const environment = { LAB_NAME: name };
  let failed = !(await check(`lab ${name}`, [lab, 'installation', 'start'], environment));
  for (let next = files.shift(); next !== undefined; next = files.shift()) {
    const passed = await test(`${next.join(', ')} in lab ${name}`, [lab, 'ctl', node, vitest, 'run', '--config', 'vitest.lab.config.ts', ...next], environment, { aloud: false });
    failed ||= !passed;
  }
  if (failed) console.log(`The lab is kept for a look: LAB_NAME=${name} ${lab} ls; remove it with LAB_NAME=${name} ${lab} clean`);
  else await check(`lab ${name} clean`, [lab, 'clean'], environment);
}

/** Runs one command quietly; shows what it said when it fails. A failed check counts as one failure. */
async function check(name, [program, ...words], environment = {}) {
  const began = Date.now();
  const said = [];
  const code = await run(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } }, (chunk) => said.push(chunk));
  console.log(`${code === 0 ? 'ok' : 'FAILED'}  ${name} (${Math.round((Date.now() - began) / 1000)} s)`);
  if (code === 0) return true;
  process.stdout.write(Buffer.concat(said));
  total.failed += 1;
  return false;
}

/**
 * Runs vitest and adds its counts; not aloud, its words are shown at its end. Files that failed outside their tests (a
 * server that did not start in time) are run once more, as single tests are by vitest itself. A run that ends badly
 * without a failed test (a file that does not load), or runs none, is a failure too.
 */
async function test(name, words, environment = {}, how = { aloud: true }) {
  const first = await runTests(name, words, environment, how);
  const last = first.notBegun.length === 0 ? first : await runTests(`${name} again`, [...words, ...first.notBegun], environment, how);
  for (const { passed } of new Set([first, last])) total.passed += passed;
  if (last.ended && first.failed === 0) return true;
  total.failed += Math.max(first.failed + (last === first ? 0 : last.failed), 1);
  broken.push(...new Set([...first.sentences, ...last.sentences]));
  return false;
}

/** One run of vitest: its counts, the files of which no test failed though the file did, and a line for every failure. */
async function runTests(name, [program, ...words], environment, { aloud }) {
  const began = Date.now();
  const file = join(results, `${name.replaceAll(/[/, ]/g, '-')}.json`);
  const said = [];
  const code = await run(
    program, [...words, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { stdio: ['ignore', aloud ? 'inherit' : 'pipe', aloud ? 'inherit' : 'pipe'], env: { ...process.env, ...environment } }, (chunk) => said.push(chunk),
  );
  process.stdout.write(Buffer.concat(said));
  const { numPassedTests: passed = 0, numFailedTests: failed = 0, testResults = [] } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const failures = testResults.filter(({ status }) => status === 'failed').map(({ name: path, message, assertionResults }) => {
    const tests = assertionResults.filter(({ status }) => status === 'failed');
    return { path: relative(root, path), tests, sentences: [message, ...tests.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join(' ')}`)].filter(Boolean) };
  });
  const ended = code === 0 && passed > 0;
  console.log(`${ended ? 'ok' : 'FAILED'}  ${name} (${Math.round((Date.now() - began) / 1000)} s)`);
  return {
    ended, passed, failed,
    notBegun: failures.filter(({ tests }) => tests.length === 0).map(({ path }) => path),
    sentences: failures.length === 0 && !ended ? [`${name} ended with ${code}, with ${passed} tests`] : failures.flatMap(({ path, sentences }) => sentences.map((sentence) => `${path}: ${sentence.slice(0, 400)}`)),
  };
}

function run(program, words, options, hear) {
  return new Promise((resolve) => {
    const child = spawn(program, words, options);
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => { hear?.(Buffer.from(`${error.message}\n`)); resolve(1); });
    child.once('close', (code) => resolve(code ?? 1));
  });
}
