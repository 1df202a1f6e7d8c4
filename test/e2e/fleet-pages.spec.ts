import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashModel, loadModel, saveModel } from '@octet/onnx';
import { routes, type AgentDocument, type Bundle, type MatrixDocument } from '@octet/protocol';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  adminToken,
  Api,
  ControllerBed,
  tinyModel,
  type RunningController,
} from '../medium/controller/bed/controller-bed.js';
import { slotOfClass, type ScriptedAgent } from '../medium/controller/bed/scripted-agent.js';
import { waitFor } from '../medium/controller/bed/wait-for.js';
import { axeFindings, launchBrowser, overflowOf } from './dashboard-bed/browser.js';
import { buildDashboard, calm } from './dashboard-bed/fleet-of-records.js';

let browser: Browser;
let folder: string;
let bed: ControllerBed;
let controller: RunningController;
let api: Api;
let agent: ScriptedAgent;
let matrix: MatrixDocument;
let page: Page;
const faults: string[] = [];
const own = slotOfClass('Test CPU');
const hello = { name: 'lab-3', slots: [own] };

beforeAll(async () => {
  folder = await buildDashboard();
  bed = await ControllerBed.open();
  controller = await bed.start(calm(folder));
  api = new Api(controller.url);
  const model = await api.upload('models', 'tiny', tinyModel('fleet pages'));
  agent = await bed.agent(controller, { hello, manner: 'hold' });
  matrix = await api.submit({
    name: 'release-42',
    models: [{ sha256: model }],
    batches: [1, 2, 3],
    devices: { classes: [own.deviceClass], runtimes: ['scripted'] },
  });
  await agent.trial();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await bed?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  faults.length = 0;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(`${controller.url}/#token=${adminToken}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
});

afterEach(async () => {
  await page.context().close();
  expect(faults).toEqual([]);
});

async function open(path: string, heading: string): Promise<void> {
  await page.goto(controller.url + path);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForLoadState('networkidle');
}

const lane = () =>
  page.getByRole('region', { name: 'Queue of each lane' }).locator('tbody tr', { hasText: 'Test CPU' });
const modelPicker = () => page.getByLabel(/^Upload an ONNX file/).and(page.locator('input'));
const card = () => page.getByRole('article', { name: 'Agent lab-3' });
const dutyOf = async () =>
  (await api.ok<{ agents: AgentDocument[] }>('GET', routes.agents)).agents.find(({ name }) => name === 'lab-3')?.duty;

describe('the pages of the fleet', () => {
  it('show what each device does and how it is, live, and what each lane waits for', async () => {
    await open('/fleet', 'Fleet');
    await page.getByText('1 agent with 1 device: 1 measuring.').waitFor();
    await card().getByRole('link', { name: 'tiny, batch 1' }).waitFor();
    expect(await lane().textContent()).toMatch(/every device of this class is measuring.*about .*tiny, batch 2/);
    const { trialId, attempt } = await agent.trial();
    const cache = { hits: 0, builds: 0, calibrations: 0 };
    const progress = {
      phase: 'rounds' as const,
      message: 'round 7',
      rounds: 7,
      interval: null,
      secondsLeft: 12,
      cache,
    };
    agent.send({ type: 'trial.progress', trialId, attempt, progress });
    const at = new Date().toISOString();
    const reading = { at, clockMhz: 3210, temperatureC: 71, powerW: null, utilization: 0.97, throttle: [] };
    agent.send({ type: 'devices.readings', slots: [{ slotId: own.slotId, reading }] });
    await card().getByText('round 7 · 12 s left at most').waitFor();
    await card().getByText('97 % used · 3210 MHz · 71 °C').waitFor();
    await page.getByRole('region', { name: 'What each device runs' }).getByText('Test CPU').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('tell an agent to pause and to resume, and the page follows without a reload', async () => {
    await open('/fleet', 'Fleet');
    await card()
      .getByRole('button', { name: /^Pause/ })
      .click();
    await card().getByText('‖ paused').waitFor();
    await lane().getByText('every device of this class is draining or paused').waitFor();
    expect(await dutyOf()).toBe('paused');
    expect(await axeFindings(page)).toEqual([]);
    await api.ok('POST', routes.agentOrder(agent.agentId, 'resume'));
    await card().getByText('● connected').waitFor();
  });

  it('revoke an agent only when asked twice', async () => {
    const other = await bed.agent(controller, { hello: { name: 'lab-4', slots: [] }, manner: 'hold' });
    await open('/fleet', 'Fleet');
    const second = page.getByRole('article', { name: 'Agent lab-4' });
    await second.getByRole('button', { name: /^Revoke/ }).click();
    await second.getByRole('button', { name: 'Keep it' }).click();
    await second.getByRole('button', { name: /^Revoke/ }).click();
    await second.getByRole('button', { name: 'Revoke lab-4' }).click();
    await second.getByText('✕ revoked').waitFor();
    await waitFor(() => other.messages.some((message) => message.type === 'refused'), 'the agent to be refused');
    await second.getByRole('button', { name: /^Resume/ }).waitFor();
  });

  it('shift on a phone and in the dark without a fault', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 375, height: 740 });
      for (const [path, heading] of [
        ['/fleet', 'Fleet'],
        ['/matrices', 'Matrices'],
        [`/matrices/${matrix.matrix.id}`, 'release-42'],
        [`/submit?from=${matrix.matrix.id}`, 'Submit a matrix'],
      ] as const) {
        await open(path, heading);
        expect(await overflowOf(page), path).toBeLessThanOrEqual(0);
        expect(await axeFindings(page), path).toEqual([]);
      }
    }
  });

  it('heal after a lost connection', async () => {
    await open('/fleet', 'Fleet');
    const port = new URL(controller.url).port;
    await controller.close();
    await page.getByText('Connection lost').waitFor();
    controller = await bed.start({ ...calm(folder), OCTET_PORT: port });
    await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 60_000 });
    const [held] = agent.assigned.slice(-1);
    await agent.connect({
      ...hello,
      running: [{ slotId: own.slotId, trialId: held!.trialId, attempt: held!.attempt }],
    });
    await card().getByText('● connected').waitFor();
  });
});

describe('the pages of matrices', () => {
  it('cancel what is open, asked twice, and submit the same again', async () => {
    await open('/matrices', 'Matrices');
    await page.getByText('0 of 3 trials').waitFor();
    await page.getByText(/^about /).waitFor();
    await page.getByRole('button', { name: 'Cancel release-42' }).click();
    await page.getByRole('button', { name: 'Cancel what is open' }).click();
    await page.getByText('3 cancelled').waitFor();
    await page.getByRole('button', { name: 'Run again: release-42' }).click();
    await page.waitForURL(/\/matrices\/[0-9a-f-]{36}$/);
    expect(page.url()).not.toContain(matrix.matrix.id);
    await page.getByText('0 of 3 trials').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('open an earlier matrix as a file to be changed', async () => {
    await open(`/submit?from=${matrix.matrix.id}`, 'Submit a matrix');
    const file = page.getByLabel('The matrix file (may be edited)');
    expect(await file.inputValue()).toMatch(/name: release-42[^]*sha256: [0-9a-f]{64} # tiny/);
    await page.getByText('3 trials').waitFor();
    await file.fill((await file.inputValue()).replace('[ 1, 2, 3 ]', '[ 8 ]'));
    await page.getByText('1 trial,').waitFor();
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL(/\/matrices\/[0-9a-f-]{36}$/);
    await page.getByText('0 of 1 trial').waitFor();
  });

  it('upload a model and take it into the form; refuse what is no model', async () => {
    await open('/submit', 'Submit a matrix');
    const path = join(folder, 'from-the-page.onnx');
    await writeFile(path, tinyModel('uploaded'));
    const picker = modelPicker();
    await picker.setInputFiles(path);
    await page.getByText('from-the-page is there.').waitFor();
    await page.getByRole('group', { name: 'from-the-page' }).waitFor();
    await page.getByText('1 trial,').waitFor();
    await writeFile(join(folder, 'broken.onnx'), 'this is no model');
    await picker.setInputFiles(join(folder, 'broken.onnx'));
    await page
      .getByRole('status')
      .filter({ hasText: /broken|ONNX/ })
      .first()
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('upload a model with the file that holds its weights, under the hash that the CLI gives it', async () => {
    await open('/submit', 'Submit a matrix');
    const [whole, path] = [join(folder, 'whole.onnx'), join(folder, 'apart.onnx')];
    await writeFile(whole, tinyModel('apart'));
    await saveModel(await loadModel(whole), path, { externalDataThresholdBytes: 1 });
    await modelPicker().setInputFiles(path);
    await page.getByRole('status').filter({ hasText: 'apart.onnx.data' }).first().waitFor();
    await modelPicker().setInputFiles([`${path}.data`, path]);
    await page.getByText('apart is there.').waitFor();
    const { models } = await api.ok<{ models: Bundle[] }>('GET', routes.models);
    expect(models.find(({ name }) => name === 'apart')?.sha256).toBe(await hashModel(path));
  });
});
