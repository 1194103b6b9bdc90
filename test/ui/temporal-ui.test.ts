/**
 * The Temporal UI in a real browser: what a person sees there, and that a gate can be approved with nothing else.
 * The hosts are the fake installation; Temporal, its UI, the worker and the workflow are the real ones.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowBuild } from '../workflows/one-build.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import type { UpgradeView } from '../../src/upgrade/view.ts';
import { runCli } from '../../src/cli/program.ts';
import { FakeTerminal } from '../cli/terminal.ts';
import { FakeInstallation } from '../workflows/fake-installation.ts';
import { installation } from '../workflows/harness.ts';

/** Where Debian's chromium is; another one by its usual variable. */
const CHROMIUM = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
/** Set to a path, the page that waits for a person is kept as the README's picture. */
const SCREENSHOT = process.env['LOCKKEEPER_SCREENSHOT'];

/** What does not come within this long does not come; ms. */
const PATIENCE = 60_000;
/** How often a page is loaded before what it must show is given up. */
const LOADS = 6;

let server: DevServer, worker: RunningWorker, temporal: Connected, browser: BrowserContext, page: Page, folder: string;
const file = installation({ approve: ['start', 'first-host'], soak: '1s', backupDaemons: { for: '1s', attempts: 1, every: '1s', settle: '1s' } }, { installation: 'om-prod' });

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`there is no browser at ${CHROMIUM}: install Debian's chromium, or say CHROME_PATH`);
  folder = await mkdtemp(join(tmpdir(), 'lockkeeper-ui-'));
  server = await startDevServer();
  worker = await startWorker({
    where: { address: server.address }, activities: new FakeInstallation(file).activities(), config: { buildId: 'ui', logLevel: 'ERROR' },
    build: await workflowBuild(),
  });
  temporal = await connect({ address: server.address });
  browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM, headless: true, viewport: { width: 1500, height: 1700 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  page = browser.pages()[0] ?? await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
});

afterAll(async () => {
  await browser?.close();
  await worker?.stop();
  await temporal?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

it('shows what is waited for with the exact command, and lets a person approve the gate through its dialog', async () => {
  const { handle, url } = await started();
  await until(handle, ({ waitingFor }) => waitingFor.length > 0);

  const asked = await currentDetails(url);
  expect(asked).toContain('Start the upgrade as planned?');
  expect(asked).toContain('lockkeeper approve om-prod start');

  await sendUpdate(url, 'approve', { gate: 'start', by: 'Kim, in the browser' });
  const { timeline } = await until(handle, (view) => view.timeline.some(({ step }) => step === 'approve start'));
  expect(timeline.find(({ step }) => step === 'approve start')?.by).toBe('Kim, in the browser');

  await until(handle, ({ waitingFor }) => waitingFor.some(({ id }) => id === 'first-host'));
  const shown = await currentDetails(url);
  expect(shown).toContain('lockkeeper approve om-prod first-host');
  expect(shown).toMatch(/om-1\s+application, backup-daemon\s+4\.4\.18\s+upgraded/);
  for (const host of ['om-2', 'om-3', 'bkp-1']) expect(shown).toMatch(new RegExp(`${host}\\s+(application|backup-daemon)\\s+4\\.4\\.13\\s+waiting`));
  if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
}, 240_000);

type Upgrade = WorkflowHandle;

/** Starts the upgrade as a person does. */
async function started(): Promise<{ readonly handle: Upgrade; readonly url: string }> {
  const path = join(folder, 'om-prod.json');
  await writeFile(path, JSON.stringify(file));
  const terminal = new FakeTerminal();
  expect(await runCli(['start', path, '--address', server.address], terminal), terminal.err).toBe(0);
  const handle = temporal.client.workflow.getHandle('upgrade/om-prod');
  const { runId } = await handle.describe();
  return { handle, url: `${server.uiUrl}/namespaces/default/workflows/${encodeURIComponent(handle.workflowId)}/${runId}` };
}

/**
 * What the tab User Metadata shows. The UI renders each Markdown text in a frame of its own, and this one last. It asks the
 * worker once, and shows nothing where a busy one did not answer in time: then, as a person would, the page is loaded again.
 */
async function currentDetails(url: string): Promise<string> {
  for (let loaded = 1; ; loaded += 1) {
    await page.goto(`${url}/user-metadata`);
    const details = page.frameLocator('iframe').last();
    try {
      await details.getByText('Waiting for a person').waitFor({ timeout: 15_000 });
      return await details.locator('body').innerText();
    } catch (error) {
      if (loaded === LOADS) throw error;
    }
  }
}

async function sendUpdate(url: string, name: string, message: object): Promise<void> {
  await page.goto(`${url}/history`);
  await page.getByRole('button', { name: /more/i }).first().click();
  await page.getByRole('menu').getByText('Send an Update').last().click();
  const dialog = page.getByRole('dialog').last();
  await dialog.getByTestId('update-select-button').click();
  await dialog.getByRole('option', { name: new RegExp(`^${name}`) }).click(); // the list tells what each message is for
  const data = dialog.getByRole('textbox', { name: 'Data' });
  await data.fill(JSON.stringify(message));
  await data.blur(); // the text is laid out anew, which moves the button below it
  await dialog.getByTestId('confirm-modal-button').click();
}

/** Looks until it is so; says what was seen last when it does not become so. */
async function until(handle: Upgrade, isSo: (view: UpgradeView) => boolean): Promise<UpgradeView> {
  for (const giveUp = Date.now() + PATIENCE; ;) {
    const view = await handle.query<UpgradeView>('status');
    if (isSo(view)) return view;
    if (Date.now() > giveUp) throw new Error(`it did not come to it; last seen: ${JSON.stringify({ ...view, plan: null })}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
