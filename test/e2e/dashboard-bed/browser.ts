import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';

const candidates = [
  process.env['OCTET_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Debian's Chromium, or the one that OCTET_CHROMIUM names. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = candidates.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined)
    throw new Error('No Chromium here: apt-get install -y --no-install-recommends chromium, or set OCTET_CHROMIUM.');
  return chromium.launch({
    executablePath,
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'].concat([
      '--disable-background-networking',
      '--disable-component-update',
    ]),
  });
}

/** What axe finds on the page as it stands, one line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    const { violations } = await runner.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`),
    );
  });
}

/** Pixels by which the page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth') as Promise<number>;
}

/** From its next address on, the page keeps count of how far things moved that nobody pressed. */
export function watchShifts(page: Page): Promise<unknown> {
  return page.addInitScript(`globalThis.shift = 0;
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shift += value;
    }).observe({ type: 'layout-shift', buffered: true });`);
}

/** Layout shift of the page so far (web.dev/cls): 0 is none; 0.1 is what the web calls good. */
export function shiftOf(page: Page): Promise<number> {
  return page.evaluate('globalThis.shift') as Promise<number>;
}

/** Texts that their box or the window does not show whole, and pictures that reach over the edge. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('main *')].flatMap((element) => {
    const hides = getComputedStyle(element).overflow !== 'visible' && !element.matches('.unseen, svg, svg *, option, select');
    const over = hides && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
    const beyond = element.getBoundingClientRect().right > innerWidth + 1;
    return over || beyond ? [element.tagName + ' ' + element.className + ' ' + element.textContent.slice(0, 60)] : [];
  })`) as Promise<string[]>;
}

/** The table behind a chart, after a press on its "Show data": header and rows as text. */
export async function chartData(page: Page, title: string): Promise<string[][]> {
  await page
    .getByRole('button', { name: `Show data: ${title}` })
    .first()
    .click();
  const region = page.getByRole('region', { name: `Data of ${title}` }).first();
  const rows = region.locator('tbody tr');
  const read: string[][] = [];
  for (const row of await rows.all()) read.push(await row.locator('td').allTextContents());
  return read;
}

/** Every script that the address fetches before the page is at rest, as it comes, with an empty cache. */
export async function firstLoadScripts(browser: Browser, address: string): Promise<Buffer[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('.js')) bodies.push(response.body());
  });
  await page.goto(address, { waitUntil: 'networkidle' });
  const scripts = await Promise.all(bodies);
  await context.close();
  return scripts;
}
