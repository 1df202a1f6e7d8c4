import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BuiltEngine, LoadedEngine, TensorMap } from '@octet/engines';
import { forkGuarded } from '../../../libs/engines/src/measuring-process/fork-guarded.js';
import { renewedWarmUp } from '../../../libs/engines/src/measuring-process/isolated-engine.js';
import type { OrtSessionOptions } from '../../../libs/engines/src/measuring-process/messages.js';
import { loadOptions } from '../../../libs/engines/src/onnxruntime/session-options.js';
import type { PlantedCommand } from './planted-process.js';

/** Opens an engine built by the ONNX Runtime adapter, slowed down by `extraShare` (0.03 = 3 %) of each run's own time. */
export async function openPlanted(engine: BuiltEngine, inputs: TensorMap, extraShare: number): Promise<LoadedEngine> {
  const options = loadOptions(engine.manifest.options as unknown as OrtSessionOptions);
  const modelPath = join(engine.dir, engine.manifest.files[0] as string);
  const open: PlantedCommand = { command: 'open', modelPath, options, inputs, extraShare };
  let child = startPlanted();
  const loadNs = (await ask(child, open)) as number;
  return {
    loadNs,
    warmUp: async () => (await ask(child, { command: 'warmUp', minMs: 200 })) as number,
    measureRound: async (plan) => ({
      latenciesNs: (await ask(child, { command: 'measureRound', plan })) as Float64Array,
    }),
    renew: async () => {
      await end(child);
      child = startPlanted();
      await ask(child, open);
      await ask(child, { command: 'measureRound', plan: renewedWarmUp });
    },
    profile: () => Promise.resolve(null),
    infer: () => Promise.reject(new Error('a planted engine is for timing only')),
    peakMemoryBytes: () => Promise.resolve(null),
    dispose: () => end(child),
  };
}

function startPlanted(): ChildProcess {
  return forkGuarded(new URL('./planted-process.ts', import.meta.url));
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** One command at a time: the next message of the child is its reply. */
async function ask(child: ChildProcess, command: PlantedCommand): Promise<unknown> {
  const answered = new Promise<unknown>((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the planted engine ended with code ${code}`));
    child.once('exit', ended);
    child.once('message', (message: { reply: unknown } | { error: string }) => {
      child.off('exit', ended);
      if ('error' in message) reject(new Error(message.error));
      else resolve(message.reply);
    });
  });
  child.send(command);
  return answered;
}
