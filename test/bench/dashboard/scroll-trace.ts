import type { Browser, Page } from 'playwright-core';

/** One task of the page's main thread, ms, and where it went. */
export interface Task {
  wallMs: number;
  /** Time on the processor: less than the wall time where the host ran something else meanwhile. */
  cpuMs: number;
  script: number;
  style: number;
  layout: number;
  paint: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds. */
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

const categories = ['devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'];
const parts = {
  script: new Set([
    'FunctionCall',
    'EvaluateScript',
    'FireAnimationFrame',
    'TimerFire',
    'EventDispatch',
    'RunMicrotasks',
  ]),
  style: new Set(['UpdateLayoutTree']),
  layout: new Set(['Layout']),
  paint: new Set(['PrePaint', 'Paint', 'Layerize', 'Commit']),
};

/** Turns the wheel over the grid in a zigzag to its far corner while Chromium traces; answers the longest task that ran script. */
export async function longestScriptTask(browser: Browser, page: Page, turns: number): Promise<Task> {
  const box = (await page.locator('.grid').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await browser.startTracing(page, { categories });
  for (let turn = 0; turn < turns; turn++) await page.mouse.wheel(turn % 2 === 0 ? 0 : 150, 150);
  await page.waitForTimeout(300);
  const trace = JSON.parse((await browser.stopTracing()).toString('utf8')) as { traceEvents: TraceEvent[] };
  return longestOf(trace.traceEvents);
}

function longestOf(events: readonly TraceEvent[]): Task {
  const thread = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const mains = new Set(events.filter(({ args }) => args?.name === 'CrRendererMain').map(thread));
  const timed = events.filter((event) => event.ph === 'X' && mains.has(thread(event)));
  const longestFirst = timed.filter(({ name }) => name === 'RunTask').sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0));
  for (const task of longestFirst) {
    const parts = taskOf(
      task,
      timed.filter((event) => thread(event) === thread(task) && holds(task, event)),
    );
    if (parts.script > 0) return parts;
  }
  throw new Error("Chromium's trace holds no task with a script: was it asked for other categories?");
}

function holds(task: TraceEvent, event: TraceEvent): boolean {
  return event.ts >= task.ts && event.ts + (event.dur ?? 0) <= task.ts + (task.dur ?? 0);
}

/** Parts may hold each other: a script that forces a layout counts it among its own time, too. */
function taskOf(task: TraceEvent, inside: readonly TraceEvent[]): Task {
  const time = (part: keyof typeof parts): number => coveredMs(inside.filter(({ name }) => parts[part].has(name)));
  const wallMs = (task.dur ?? 0) / 1000;
  return {
    wallMs,
    cpuMs: task.tdur === undefined ? wallMs : task.tdur / 1000,
    script: time('script'),
    style: time('style'),
    layout: time('layout'),
    paint: time('paint'),
  };
}

/** Time that the events cover together: those within another count once. */
function coveredMs(events: readonly TraceEvent[]): number {
  let [covered, end] = [0, 0];
  for (const { ts, dur = 0 } of [...events].sort((a, b) => a.ts - b.ts)) {
    covered += Math.max(0, ts + dur - Math.max(end, ts));
    end = Math.max(end, ts + dur);
  }
  return covered / 1000;
}
