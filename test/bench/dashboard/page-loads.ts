import type { Browser, BrowserContext, Page } from 'playwright-core';
import { adminToken } from '../built-controller.js';

/** A signed-in reader of one controller's first page, with the scripts in the browser's cache as on any second visit. */
export async function signedIn(browser: Browser, url: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${url}/#token=${adminToken}`, { waitUntil: 'networkidle' });
  await page.close();
  return context;
}

/** Milliseconds from the start of the navigation until `selector` is drawn and the page is free for the reader's next move. */
export async function timeToUse(context: BrowserContext, address: string, selector: string): Promise<number> {
  const page = await context.newPage();
  try {
    await page.addInitScript(noteWhenUsable(selector));
    await page.goto(address);
    const handle = await page.waitForFunction('globalThis.usableAtMs', undefined, { timeout: 60_000 });
    return (await handle.jsonValue()) as number;
  } finally {
    await page.close();
  }
}

/** Script for the page. A frame after the selector is there it is drawn; a task after that has been let in. */
function noteWhenUsable(selector: string): string {
  return `{
    const look = () => {
      if (document.querySelector(${JSON.stringify(selector)}) === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => setTimeout(() => { globalThis.usableAtMs = performance.now(); }));
    };
    look();
  }`;
}

/** Opens a page and waits until the grid stands. */
export async function openGrid(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'networkidle' });
  await page.locator('.grid [role=cell]').first().waitFor();
  return page;
}
