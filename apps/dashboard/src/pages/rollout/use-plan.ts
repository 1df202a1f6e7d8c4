import type { RolloutRequest } from '@octet/domain';
import { useEffect, useRef, useState } from 'react';
import type { PlanAnswer } from './plan-worker.js';

const settleMs = 250;

/** The plan for a request, worked out in a worker; the last one stays until its successor is there. */
export function usePlan(request: RolloutRequest | null): { answer: PlanAnswer | null; working: boolean } {
  const worker = useRef<Worker | null>(null);
  const asked = useRef(0);
  const [answer, setAnswer] = useState<PlanAnswer | null>(null);
  const [working, setWorking] = useState(false);
  const key = JSON.stringify(request);
  useEffect(() => {
    if (request === null) return;
    const id = ++asked.current;
    setWorking(true);
    const timer = setTimeout(() => {
      // A worker that still simulates what nobody wants any more is ended: its answer would come late.
      worker.current?.terminate();
      const fresh = new Worker(new URL('./plan-worker.ts', import.meta.url), { type: 'module' });
      worker.current = fresh;
      fresh.onmessage = (event: MessageEvent<PlanAnswer>) => {
        if (event.data.id !== asked.current) return;
        setAnswer(event.data);
        setWorking(false);
      };
      fresh.postMessage({ id, request });
    }, settleMs);
    return () => clearTimeout(timer);
  }, [key]);
  useEffect(() => () => worker.current?.terminate(), []);
  return { answer, working };
}
