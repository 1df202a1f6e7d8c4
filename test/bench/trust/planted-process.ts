/*
 * Entry of the process that runs a float engine with a planted delay: Octet's own measuring loop over Octet's own
 * ONNX Runtime session, but each run is followed by a wait of `extraShare` of the time that this very run took. So the
 * effect is planted exactly, whatever the machine's clocks do.
 */
import { measureRound, warmUp } from '../../../libs/engines/src/measuring-process/loop.js';
import type { OrtSessionOptions } from '../../../libs/engines/src/measuring-process/messages.js';
import { openOrtSession } from '../../../libs/engines/src/onnxruntime/ort-session.js';
import type { MeasuredSession } from '../../../libs/engines/src/measuring-process/session.js';
import type { RoundPlan, TensorMap } from '../../../libs/engines/src/port.js';

export type PlantedCommand =
  | { command: 'open'; modelPath: string; options: OrtSessionOptions; inputs: TensorMap; extraShare: number }
  | { command: 'warmUp'; minMs: number }
  | { command: 'measureRound'; plan: RoundPlan };

let session: MeasuredSession | null = null;

function opened(): MeasuredSession {
  if (session === null) throw new Error('no engine is open');
  return session;
}

async function answer(message: PlantedCommand): Promise<unknown> {
  switch (message.command) {
    case 'open': {
      const plain = await openOrtSession(message.modelPath, message.options, message.inputs);
      session = { ...plain, runOnce: delayed(plain.runOnce, message.extraShare) };
      return session.loadNs;
    }
    case 'warmUp':
      return warmUp(opened(), message.minMs);
    case 'measureRound':
      return measureRound(opened(), message.plan);
  }
}

function delayed(run: () => Promise<unknown>, extraShare: number): () => Promise<unknown> {
  return async () => {
    const start = process.hrtime.bigint();
    await run();
    const until = start + BigInt(Math.round(Number(process.hrtime.bigint() - start) * (1 + extraShare)));
    while (process.hrtime.bigint() < until);
  };
}

process.on('message', (message) => {
  answer(message as PlantedCommand).then(
    (reply) => process.send?.({ reply }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
