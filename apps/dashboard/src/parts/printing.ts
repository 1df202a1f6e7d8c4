import { useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';

const listeners = new Set<() => void>();
let printing = false;
let schemeBefore: string | null = null;
const attribute = 'data-mantine-color-scheme';

/** Whether the page is being put on paper: charts are then drawn light and as wide as a sheet, tables whole. */
export function usePrinting(): boolean {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => printing,
  );
}

/** Follows the browser's printing (and its emulation, which fires no event but changes the medium). */
export function watchPrinting(): void {
  addEventListener('beforeprint', () => turn(true));
  addEventListener('afterprint', () => turn(false));
  matchMedia('print').addEventListener('change', ({ matches }) => turn(matches));
}

/** The browser takes its picture as soon as this returns: everything is drawn by then. Paper is light. */
function turn(next: boolean): void {
  if (next === printing) return;
  printing = next;
  const root = document.documentElement;
  if (next) schemeBefore = root.getAttribute(attribute);
  if (next) root.setAttribute(attribute, 'light');
  else if (schemeBefore !== null) root.setAttribute(attribute, schemeBefore);
  flushSync(() => {
    for (const changed of listeners) changed();
  });
}
