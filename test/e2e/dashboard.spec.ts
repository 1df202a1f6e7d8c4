import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ResultRow } from '@octet/domain';
import { routes, type GridDocument, type StoredRow, type TrialDocument } from '@octet/protocol';
import { recordedSweep } from '@octet/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminToken } from '../medium/controller/bed/controller-bed.js';
import {
  axeFindings,
  chartData,
  cutOff,
  firstLoadScripts,
  launchBrowser,
  overflowOf,
  shiftOf,
  watchShifts,
} from './dashboard-bed/browser.js';
import {
  buildDashboard,
  calm,
  openRecordFleet,
  recordedTrials,
  type RecordFleet,
} from './dashboard-bed/fleet-of-records.js';
import { copyVerdicts } from './dashboard-bed/many-cells.js';

const gallery = resolve(import.meta.dirname, '../../docs/gallery');
/** Set to renew docs/gallery; otherwise pictures are taken (so that drawing is tested) and thrown away. */
const keepPictures = process.env['OCTET_GALLERY'] === '1';
const firstLoadLimit = 250_000;

let browser: Browser;
let folder: string;
let fleet: RecordFleet;
let rows: StoredRow[];
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  folder = await buildDashboard();
  fleet = await openRecordFleet(folder);
  rows = (await fleet.api.ok<{ results: StoredRow[] }>('GET', routes.verdicts)).results;
  browser = await launchBrowser();
  if (keepPictures) await mkdir(gallery, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  await fleet?.bed.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  faults.length = 0;
  page = await openPage({ width: 1280, height: 900 });
});

afterEach(async () => {
  await page.context().close();
  expect(faults).toEqual([]);
});

async function openPage(
  viewport: { width: number; height: number },
  colorScheme: 'light' | 'dark' = 'light',
): Promise<Page> {
  const context = await browser.newContext({ viewport, colorScheme, acceptDownloads: true });
  const opened = await context.newPage();
  opened.on('pageerror', (error) => faults.push(error.message));
  await opened.goto(`${fleet.controller.url}/#token=${adminToken}`);
  await opened.getByRole('table', { name: /^Verdicts/ }).waitFor();
  return opened;
}

async function open(path: string, heading: string | RegExp, on: Page = page): Promise<void> {
  await on.goto(fleet.controller.url + path);
  await on.getByRole('heading', { level: 1, name: heading }).waitFor();
  await on.waitForLoadState('networkidle');
}

/** From the top of the page, or with an element at the top of the window. */
async function picture(name: string, on: Page = page, from: Locator | null = null): Promise<void> {
  await on.evaluate('scrollTo(0, 0)');
  const top = from === null ? 0 : (await from.boundingBox())!.y - 80;
  await on.evaluate(`scrollTo(0, ${top})`);
  const path = keepPictures ? { path: join(gallery, `${name}.png`) } : {};
  const png = await on.screenshot(path);
  expect(png.length).toBeGreaterThan(5_000);
}

function recorded(batch: number): StoredRow {
  return rows.find((row) => row.model.name === 'mnist-cnn' && row.batch === batch)!;
}

describe('the dashboard in a real browser', () => {
  it('signs in by the address, and takes the token out of it', () => {
    expect(page.url()).not.toContain(adminToken);
  });

  it('answers on the first page: a sentence for each device class, a verdict in each cell', async () => {
    const grid = await fleet.api.ok<GridDocument>('GET', routes.grid);
    const batch = Number(await page.getByLabel('Batch').inputValue());
    for (const cell of grid.cells.filter((each) => each.batch === batch && each.trialId !== null)) {
      const name = `${grid.models[cell.model]!.name} on ${grid.targets[cell.target]!.deviceName}: `;
      const link = page.getByRole('link', { name: new RegExp(`^${name}`) });
      const text = (await link.textContent())!;
      const mark = (await link.locator('.mark').textContent())!;
      const shown = rows.find((row) => row.trialId === cell.trialId && mark.endsWith(row.verdict));
      expect(shown, `${name} ${text}`).toBeDefined();
      if (shown!.speedup !== null) expect(text).toContain(`${shown!.speedup.median.toFixed(2)}×`);
    }
    expect(await page.getByRole('region', { name: 'Summary' }).textContent()).toMatch(
      /NVIDIA H200.*INT8 is worth it for \d+ of \d+ models/,
    );
    expect(await axeFindings(page)).toEqual([]);
    await picture('overview');
  });

  it('keeps every filter in the address', async () => {
    await page.getByLabel('Batch').selectOption('32');
    await page.getByLabel('Architecture').selectOption('sm_86');
    await page.getByLabel('Find a model or device').fill('rtx');
    await page.waitForURL(/batch=32.*architecture=sm_86.*text=rtx/);
    const again = await openPage({ width: 1280, height: 900 });
    await again.goto(page.url());
    await again.getByText('1 model × 1 device class').waitFor();
    expect(await again.getByLabel('Find a model or device').inputValue()).toBe('rtx');
    await again.getByLabel('Verdict', { exact: true }).selectOption('unsupported');
    await again.getByText('No verdict fits these filters').waitFor();
    await again.context().close();
  });

  it('shows of a trial what the API says: times, rounds, samples', async () => {
    const row = recorded(1);
    await open(`/trials/${row.trialId}`, /Is INT8 worth it for mnist-cnn/);
    const split = await chartData(page, 'Where the time goes');
    expect(Object.fromEntries(split.map(([part, , ns]) => [part, Number(ns)]))).toEqual(expectedSplit(row));
    const trial = await fleet.api.trial(row.trialId!);
    const shown = await chartData(page, 'Speed-up of each round');
    const counted = shown.filter(([, , kind]) => kind !== 'voided').map(([, ratio]) => Number(ratio));
    expect(counted).toEqual(ratiosOf(trial, row));
    await page.getByText(/raw samples? in 60 bins/).waitFor();
    const steps = page.getByRole('table', { name: /^INT8 against fp32: what is promised/ }).locator('tr');
    expect(await steps.first().textContent()).toMatch(/^By its instructions.*AVX512-VNNI.*4\.00×$/);
    const measured = row.times!.tFloatNs / row.times!.int8EndToEndNs;
    expect(await steps.last().textContent()).toContain(`${measured.toFixed(2)}×`);
    const bounds = page.getByRole('region', { name: /beside their bounds$/ }).locator('tbody tr');
    expect(await bounds.first().textContent()).toMatch(/QLinearConv|QGemm/);
    expect(await axeFindings(page)).toEqual([]);
    await picture('trial');
  });

  it('gives charts as CSV and PNG, and the command to measure again', async () => {
    const row = recorded(1);
    await open(`/trials/${row.trialId}`, /mnist-cnn/);
    const csv = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV of Where the time goes' }).click();
    const text = await readFile(await (await csv).path(), 'utf8');
    expect(text).toContain(`T_quant,int8,${row.times!.tQuantNs}`);
    const png = page.waitForEvent('download');
    await page.getByRole('button', { name: 'PNG of Where the time goes' }).click();
    expect((await readFile(await (await png).path())).subarray(1, 4).toString()).toBe('PNG');
    const command = await page.getByLabel('octet bench command', { exact: true }).textContent();
    expect(command).toMatch(/npx octet bench[^]*--batch 1[^]*--scheme static-symmetric[^]*--max-seconds 4/);
  });

  it('puts the float engine beside the INT8 engine, layer by layer', async () => {
    const row = rows.find(
      (each) => each.model.name === 'resnet50_b1' && each.times !== null && each.times.int8Parts !== null,
    )!;
    await open(`/trials/${row.trialId}`, /resnet50_b1/);
    const table = page.getByRole('region', { name: /^Layers of/ }).first();
    const times = await table.locator('tbody tr td:nth-child(5)').allTextContents();
    expect(times.length).toBeGreaterThan(10);
    await table.getByRole('button', { name: 'Float engine' }).click();
    expect(await table.locator('th[aria-sort=descending]').textContent()).toContain('Float engine');
    expect(await axeFindings(page)).toEqual([]);
    await picture('layers', page, page.getByRole('heading', { name: 'Layer by layer' }).first());
  });

  it('says what could be gained, and which layers lose accuracy', async () => {
    const imported = rows.find((row) => row.model.name === 'a100-resnet18_b32' && row.times?.int8Parts !== null)!;
    await open(`/trials/${imported.trialId}`, /a100-resnet18_b32/);
    const bounds = page.getByRole('region', { name: 'What if' }).first();
    const bound = await bounds
      .getByRole('row', { name: /^conversions cost nothing/ })
      .locator('td')
      .first()
      .textContent();
    const now = imported.times!.tFloatNs / imported.times!.int8EndToEndNs;
    expect(Number(bound!.replace('×', ''))).toBeGreaterThan(now);
    const row = recorded(1);
    await open(`/trials/${row.trialId}`, /mnist-cnn/);
    const shown = await chartData(page, 'Accuracy by layer, dB');
    const engine = recordedTrials()[0]!.engines.find((each) => each.layerAccuracy !== undefined)!;
    expect(shown.map(([, tensor, , sqnr]) => [tensor, Number(sqnr)])).toEqual(
      engine.layerAccuracy!.map(({ tensor, sqnrDb }) => [tensor, sqnrDb]),
    );
    expect(await axeFindings(page)).toEqual([]);
  });

  it('compares two models on the page of one', async () => {
    const [own, other] = ['conv16_1024', 'mlp4096_b1'].map((name) => rows.find((row) => row.model.name === name)!);
    await open(`/models/${own!.model.sha256}`, /Is INT8 worth it for conv16_1024/);
    await page.getByRole('button', { name: 'Compare with another model' }).click();
    await page.getByLabel('Compare with').selectOption(other!.model.sha256);
    await page.getByRole('row', { name: /NVIDIA H200.*\d+×$/ }).waitFor();
    expect(page.url()).toContain(`with=${other!.model.sha256}`);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('shows a model over batches and devices', async () => {
    await open(`/models/${recorded(1).model.sha256}`, 'Is INT8 worth it for mnist-cnn?');
    await page.getByRole('region', { name: 'Sensitivity of layers' }).getByText('The sharpest fall is at').waitFor();
    const shown = await chartData(page, 'Speed-up over batch size');
    const expected = recordedTrials().map(({ spec }) => [spec.batch, recorded(spec.batch).speedup!.median]);
    expect(shown.map(([, batch, median]) => [Number(batch), Number(median)])).toEqual(expected);
    expect(await axeFindings(page)).toEqual([]);
    await picture('model');
  });

  it("prints a model's report: whole, light, without navigation", async () => {
    const dark = await openPage({ width: 718, height: 1000 }, 'dark');
    await open(`/models/${recorded(1).model.sha256}`, /mnist-cnn/, dark);
    await dark.getByRole('region', { name: 'Sensitivity of layers' }).waitFor();
    const ground = () => dark.evaluate('getComputedStyle(document.body).backgroundColor');
    const onScreen = await ground();
    await dark.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await dark.getByText(/^Octet, http/).waitFor();
    expect(await ground()).toBe('rgb(255, 255, 255)');
    expect(await dark.getByRole('navigation').filter({ visible: true }).count()).toBe(0);
    expect(await dark.locator('.mantine-Button-root').filter({ visible: true }).count()).toBe(0);
    expect(await cutOff(dark)).toEqual([]);
    await picture('print', dark);
    const pdf = await dark.pdf({ format: 'A4', printBackground: false });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await dark.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await dark.getByRole('button', { name: 'Print or save as PDF' }).waitFor();
    expect(await ground()).toBe(onScreen);
    await dark.context().close();
  });

  it('prints the verdicts of the filter, each on a line', async () => {
    const narrow = await openPage({ width: 718, height: 1000 }, 'dark');
    await open('/?batch=1', 'Is INT8 worth it?', narrow);
    await narrow.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const printed = narrow.getByRole('table', { name: 'Verdicts on paper' });
    await printed.waitFor();
    const grid = await fleet.api.ok<GridDocument>('GET', routes.grid);
    const cells = new Set(
      grid.cells.filter(({ batch }) => batch === 1).map(({ model, target }) => `${model} ${target}`),
    );
    expect(await printed.locator('tbody tr').count()).toBe(cells.size);
    expect(await narrow.locator('.mantine-Button-root, .grid').filter({ visible: true }).count()).toBe(0);
    expect(await cutOff(narrow)).toEqual([]);
    await narrow.context().close();
  });

  it('compares device classes, with a price', async () => {
    await open('/compare?batch=1', 'Compare devices');
    await page.getByLabel(/Price per hour: NVIDIA H200/).fill('3.6');
    await page.waitForURL(/price\d=3.6/);
    await page.getByText('No model was measured on two of these').waitFor();
    const line = page
      .getByRole('region', { name: 'Device classes compared' })
      .locator('tr', { hasText: 'NVIDIA H200' });
    expect(await line.getByText('not measured').count()).toBe(2);
    expect(Number(await line.locator('td').last().textContent())).toBeCloseTo(expectedCost(3.6), 1);
    expect(await axeFindings(page)).toEqual([]);
    await picture('compare');
  });

  it('tests the rule of thumb on a map, with break-even and the models on it', async () => {
    await open('/rule', 'The rule of thumb');
    await page.getByText('Bigger weights, bigger speed-up: holds.').waitFor();
    const shown = await chartData(page, 'Speed-up over weights and input');
    const expected = recordedSweep().cells.map(({ cell, speedup }) => [cell.name, speedup!.median]);
    expect(shown.map(([name, , , speedup]) => [name, Number(speedup)])).toEqual(expected);
    await page.getByRole('row', { name: /128 19k weights 5,417 to 48k yes/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture('rule');
    const { device, runtime } = recordedTrials()[0]!;
    const [cell] = recordedSweep().cells;
    const here = { class: recorded(1).device.class, name: device.name, architecture: device.architecture };
    await fleet.api.ok('POST', routes.sweeps, recordedSweep({ device: here, runtime, cells: [cell!] }));
    await open('/rule?map=' + encodeURIComponent(`${here.class} onnxruntime convolution`), 'The rule of thumb');
    await page.getByText('Too few cells were measured for a fit.').waitFor();
    const own = page.getByRole('region', { name: 'Your models', exact: true });
    expect(await own.locator('tbody tr').count()).toBe(recordedTrials().length);
  });

  it('plans a roll-out from the measured batches', async () => {
    await open(`/rollout?model=${recorded(1).model.sha256}`, 'Roll out');
    await page.getByText(/by (linear|batch|multi-engine) scheduling with/).waitFor();
    const shown = await chartData(page, 'Latency against throughput, one device');
    for (const { spec } of recordedTrials()) {
      const point = shown.find(([variant, batch]) => variant === 'fp32' && Number(batch) === spec.batch)!;
      expect(Number(point[2]) * 1e6).toBeCloseTo(recorded(spec.batch).floats['fp32']!, 3);
    }
    await page
      .getByRole('heading', { name: 'Three ways to serve' })
      .or(page.getByText('Three ways to serve'))
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture('rollout');
  });

  it('moves the plan with bound and price, and draws every way under every bound', async () => {
    await open(`/rollout?model=${recorded(1).model.sha256}`, 'Roll out');
    const plan = page.getByRole('region', { name: 'Plan', exact: true });
    const sentence = plan.getByText(/by (linear|batch|multi-engine) scheduling with/);
    await sentence.waitFor();
    const before = await sentence.textContent();
    await page.getByRole('slider', { name: 'Latency bound in ms' }).press('ArrowRight');
    await page.getByText(/99 % of requests within/).waitFor();
    await expect.poll(() => sentence.textContent(), { timeout: 20_000 }).not.toBe(before);
    expect(new URL(page.url()).searchParams.get('bound')).toMatch(/^[\d.]+$/);
    await page.getByLabel('Price of a device-hour').first().fill('0.35');
    await expect.poll(() => plan.getByText('no price').count(), { timeout: 20_000 }).toBe(0);
    await page.getByRole('button', { name: 'Show data: Three ways to serve' }).click();
    const rows = page.getByRole('region', { name: 'Data of Three ways to serve' }).locator('tbody tr');
    const ways = async () =>
      new Set((await rows.allTextContents()).map((row) => /linear|batch|multi-engine/.exec(row)?.[0]));
    await expect.poll(ways, { timeout: 30_000 }).toEqual(new Set(['linear', 'batch', 'multi-engine']));
  });

  it('lists matrices, one matrix and the fleet', async () => {
    await open('/matrices', 'Matrices');
    await page.getByRole('link', { name: 'release-42', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'release-42' }).waitFor();
    await page.getByRole('region', { name: 'Trials' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await open('/fleet', 'Fleet');
    await page.getByText('bench-host').waitFor();
    await page.getByRole('row', { name: /7\.5 Tesla T4/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture('fleet');
  });

  it('writes the matrix file beside the form and says what it would do before anything runs', async () => {
    await open('/submit?model=mnist-cnn', 'Submit a matrix');
    await page.getByLabel('Batch sizes').fill('2, 3');
    await page.getByText('2 trials').waitFor();
    // A fleet of CPUs has no fast FP16: the form does not ask for it.
    expect(await page.getByLabel('fp16').isChecked()).toBe(false);
    expect(await page.getByText(/cells? can not run/).count()).toBe(0);
    await page.getByLabel('tf32').check();
    await page.getByText(/cells? can not run/).waitFor();
    await picture('submit');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('The matrix file (may be edited)').fill('name: x\nmodels: []\nbatchs: [1]\n');
    await page.getByText(/matrix\.yaml:3.*batchs/).waitFor();
    expect(await page.getByRole('button', { name: 'Submit' }).isDisabled()).toBe(true);
  });

  it('fits a phone, and the dark', async () => {
    const phone = await openPage({ width: 375, height: 740 }, 'dark');
    const paths = [
      '/',
      `/trials/${recorded(1).trialId}`,
      `/models/${recorded(1).model.sha256}`,
      '/compare',
      '/rule',
      '/rollout',
    ];
    for (const path of [...paths, '/matrices', '/submit', '/fleet']) {
      await phone.goto(fleet.controller.url + path);
      await phone.waitForLoadState('networkidle');
      await phone.getByRole('heading', { level: 1 }).waitFor();
      expect(await overflowOf(phone), path).toBeLessThanOrEqual(0);
      expect(await axeFindings(phone), path).toEqual([]);
    }
    await open('/', /Is INT8/, phone);
    await picture('phone-dark', phone);
    await phone.getByRole('button', { name: 'Sections' }).click();
    await phone.getByRole('link', { name: 'Fleet' }).click();
    await phone.getByRole('heading', { level: 1, name: 'Fleet' }).waitFor();
    await phone.context().close();
  });

  it('moves nothing once it is drawn', async () => {
    const row = recorded(1);
    const paths = ['/', `/trials/${row.trialId}`, `/models/${row.model.sha256}`, '/compare', '/rule', '/rollout'];
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 375, height: 740 },
    ]) {
      const watched = await openPage(viewport);
      await watchShifts(watched);
      for (const path of [...paths, '/matrices', `/matrices/${fleet.matrix.matrix.id}`, '/submit', '/fleet']) {
        await watched.goto(fleet.controller.url + path);
        await watched.getByRole('heading', { level: 1 }).waitFor();
        await watched.waitForLoadState('networkidle');
        if (path === '/rollout')
          await watched
            .getByText(/scheduling with/)
            .first()
            .waitFor();
        expect(await shiftOf(watched), `${path} at ${viewport.width}`).toBeLessThanOrEqual(0.01);
      }
      await watched.context().close();
    }
  });

  it('can be used by keyboard alone', async () => {
    await page.goto(fleet.controller.url);
    await page.getByRole('table', { name: /^Verdicts/ }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.getByRole('link', { name: /^conv16_1024 on NVIDIA H200/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /conv16_1024/ }).waitFor();
  });

  it('says what to do where there is nothing, or no right to see it', async () => {
    await page.goto(`${fleet.controller.url}/trials/00000000-0000-0000-0000-000000000000`);
    await page.getByText(/No trial 0000/).waitFor();
    const stranger = await browser.newPage();
    await stranger.goto(fleet.controller.url);
    await stranger.getByText(/it ends in #token=/).waitFor();
    await stranger.close();
  }, 60_000);

  it('moves with a running trial without a reload', async () => {
    const before = fleet.agent.assigned.length;
    const record = recordedTrials()[0]!;
    const matrix = await fleet.api.submit({
      name: 'live',
      models: [{ name: 'mnist-cnn' }],
      batches: [5],
      devices: { runtimes: ['onnxruntime'] },
    });
    const trial = await fleet.agent.trial(before);
    await open(`/trials/${matrix.trials[0]!.id}`, /mnist-cnn/);
    await page.evaluate('globalThis.sameDocument = true');
    const cache = { hits: 0, builds: 2, calibrations: 1 };
    const interval = { median: 1.23, low: 1.11, high: 1.34 };
    fleet.agent.send({
      type: 'trial.progress',
      trialId: trial.trialId,
      attempt: trial.attempt,
      progress: { phase: 'rounds', message: 'round 7', rounds: 7, interval, secondsLeft: 12, cache },
    });
    await page.getByText('round 7 · so far 1.23× [1.11, 1.34] · 12 s left at most').waitFor();
    await fleet.agent.report(trial, { ...record, spec: trial.spec });
    await page.getByText('Where the time goes').waitFor();
    expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
  });

  it('shows a lost connection and heals', async () => {
    const port = new URL(fleet.controller.url).port;
    await fleet.controller.close();
    await page.getByText('Connection lost').waitFor();
    fleet.controller = await fleet.bed.start({ ...calm(folder), OCTET_PORT: port });
    await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 60_000 });
  });

  it('loads at most 250 kB of compressed script first', async () => {
    const scripts = await firstLoadScripts(browser, `${fleet.controller.url}/#token=${adminToken}`);
    expect(scripts.length).toBeGreaterThan(0);
    const sizes = scripts.map((script) => gzipSync(script).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(firstLoadLimit);
  });

  it('scrolls 10,000 cells, of which the document holds those in sight', async () => {
    await copyVerdicts(fleet.bed.services.databaseUrl, 200, 50);
    await page.goto(`${fleet.controller.url}/?batch=1`);
    const cells = page.locator('.grid [role=cell]');
    await cells.first().waitFor();
    expect(await cells.count()).toBeLessThan(400);
    await page.evaluate("document.querySelector('.grid').scrollTo(1e6, 1e6)");
    await page.getByRole('link', { name: /^resnet50_b1 on NVIDIA H200/ }).waitFor();
    expect(await cells.count()).toBeLessThan(400);
    expect(await axeFindings(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    await page.getByText(/The first 500 of 10,\d{3} verdicts/).waitFor();
    expect(await page.getByRole('table', { name: 'Verdicts on paper' }).locator('tbody tr').count()).toBe(500);
  });
});

/** Chart parts by the design's formula, from the API's row. */
function expectedSplit({ times, floatVariant }: ResultRow): Record<string, number> {
  const { int8Ns, floatNs, conversionNs, overheadNs } = times!.int8Parts!;
  return {
    [`T_float (${floatVariant})`]: times!.tFloatNs,
    T_quant: times!.tQuantNs!,
    'T_int8: INT8 kernels': int8Ns,
    'T_int8: operators left float': floatNs,
    'T_int8: conversions': conversionNs,
    'T_int8: time in no layer': overheadNs,
    T_dequant: times!.tDequantNs!,
  };
}

function ratiosOf({ rounds }: TrialDocument, row: ResultRow): number[] {
  return rounds.flatMap((round) => {
    const ratios = Object.values(round.ratios[row.floatVariant!] ?? {});
    return round.voided === null ? ratios : [];
  });
}

/** Geometric mean over the H200's models of what a million inferences cost with the fastest engine. */
function expectedCost(pricePerHour: number): number {
  const fastest = new Map<string, number>();
  for (const row of rows.filter((each) => each.device.name === 'NVIDIA H200' && each.batch === 1)) {
    const times = [...Object.values(row.floats), ...(row.times === null ? [] : [row.times.int8EndToEndNs])];
    if (times.length > 0)
      fastest.set(row.model.sha256, Math.min(...times, fastest.get(row.model.sha256) ?? Number.POSITIVE_INFINITY));
  }
  const logs = [...fastest.values()].map((ns) => Math.log(((ns / 1e9) * 1e6 * pricePerHour) / 3600));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
