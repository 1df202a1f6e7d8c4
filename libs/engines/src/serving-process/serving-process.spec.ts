import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contractDevice } from '../contract.js';
import { denseModel } from '../onnxruntime/sample-model.js';
import { sessionOptions } from '../onnxruntime/session-options.js';
import type { LaunchRule, ServedEngine } from './messages.js';
import { withServingProcess } from './serving-process.js';

const folder = mkdtempSync(join(tmpdir(), 'octet-serving-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function engineOf(batch: number): ServedEngine {
  const modelPath = join(folder, `dense-${batch}.onnx`);
  writeFileSync(modelPath, denseModel({ rows: batch, width: 64 }));
  const x = { dataType: 'float32' as const, dims: [batch, 64], data: new Float32Array(batch * 64).fill(0.5) };
  return { batch, modelPath, options: sessionOptions(contractDevice, 1, {}), inputs: { x } };
}

const engines = [engineOf(1), engineOf(4)];
const never = new AbortController().signal;
const atOnce = new Float64Array(8);
const batches: LaunchRule = { kind: 'rule', fullAt: 4, waitNs: 60e9, engineFor: Int32Array.of(1, 1) };

describe('a serving process', () => {
  it('serves one load after another: a rehearsal request by request, then by a rule', async () => {
    await withServingProcess(engines, never, async (server) => {
      const engineFor = Int32Array.of(0, 1, 0, 1, 1, 0, 0, 1);
      const alone = await server.serve({ kind: 'script', engineOf: engineFor }, atOnce);
      expect(alone.launchEngine).toEqual(engineFor);
      // Four launches of the engine of batch 4 with one request each.
      expect(alone.padding).toBe(12);
      const full = await server.serve(batches, atOnce);
      expect(full.launchEngine).toEqual(Int32Array.of(1, 1));
      expect(full.padding).toBe(0);
      expect(full.latenciesNs).toHaveLength(8);
    });
  });

  it('tells launches after idle gaps from those that waited for the engine, and splits their time', async () => {
    await withServingProcess(engines, never, async (server) => {
      const linear: LaunchRule = { kind: 'rule', fullAt: 1, waitNs: 0, engineFor: Int32Array.of(0, 0) };
      const queued = await server.serve(linear, atOnce);
      expect(queued.launchIdle).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
      expect(Math.min(...queued.overheadNs, ...queued.launchNs)).toBeGreaterThan(0);
      // One after the other without a gap: overheads and launches add up to the last one's latency.
      const sum = [...queued.overheadNs, ...queued.launchNs].reduce((total, time) => total + time, 0);
      expect(sum / queued.latenciesNs[7]!).toBeCloseTo(1, 6);
      const apart = await server.serve(linear, Float64Array.of(0, 300e6));
      expect(apart.launchIdle[1]).toBe(1);
    });
  });

  it('waits for a full batch no longer than its rule says', async () => {
    await withServingProcess(engines, never, async (server) => {
      const outcome = await server.serve({ ...batches, waitNs: 20e6 }, Float64Array.of(0, 1e6, 2e6));
      expect(outcome).toMatchObject({ padding: 1 });
      expect(outcome.latenciesNs[0]).toBeGreaterThanOrEqual(20e6);
    });
  });

  it('says what it could not load, and stops when it is told', async () => {
    const missing = { ...engines[0]!, modelPath: join(folder, 'missing.onnx') };
    await expect(withServingProcess([missing], never, (server) => server.serve(batches, atOnce))).rejects.toMatchObject(
      {
        code: 'serving-failed',
        message: expect.stringContaining('missing.onnx') as string,
      },
    );
    const abort = new AbortController();
    const serving = withServingProcess(engines, abort.signal, (server) => {
      setTimeout(() => abort.abort(), 50);
      return server.serve(batches, Float64Array.of(0));
    });
    await expect(serving).rejects.toMatchObject({ code: 'engine-cancelled' });
  });
});
