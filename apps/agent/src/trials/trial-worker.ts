/*
 * Entry of the trial process. Rewriting models and finding thresholds keeps a processor busy for seconds: here it blocks
 * nobody's heartbeat, and what it leaks or crashes dies with the trial.
 */
import { isOctetError, OctetError } from '@octet/domain';
import { executeTrial, type TrialChannel, type TrialJob } from './trial-job.js';
import type { FromTrial, ToTrial } from './trial-messages.js';

const cancel = new AbortController();
const questions = new Map<number, { resolve: (table: unknown) => void; reject: (error: Error) => void }>();
let lastQuestion = 0;

function tell(message: FromTrial): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

function ask(
  message: { type: 'table-get'; key: string } | { type: 'table-put'; key: string; table: unknown },
): Promise<unknown> {
  const id = ++lastQuestion;
  return new Promise((resolve, reject) => {
    questions.set(id, { resolve, reject });
    void tell({ ...message, id });
  });
}

const channel: TrialChannel = {
  onProgress: (progress) => void tell({ type: 'progress', progress }),
  calibrationTables: {
    get: (key) => ask({ type: 'table-get', key }),
    put: (key, table) => ask({ type: 'table-put', key, table }),
  },
};

async function run(job: TrialJob): Promise<void> {
  try {
    await tell({ type: 'done', record: await executeTrial(job, channel, cancel.signal) });
  } catch (error) {
    const { message, stack } = error as Error;
    const known = isOctetError(error);
    await tell({
      type: 'failed',
      code: known ? error.code : 'internal-error',
      message: known ? message : (stack ?? message),
    });
  }
  process.disconnect();
}

function hear(message: ToTrial): void {
  if (message.type === 'run') return void run(message.job);
  if (message.type === 'cancel') return cancel.abort();
  const question = questions.get(message.id);
  questions.delete(message.id);
  if (message.ok) question?.resolve(message.table);
  else question?.reject(new OctetError(message.code, message.message));
}

process.on('message', (message) => hear(message as ToTrial));
// The agent decides: Ctrl-C in a terminal reaches the whole process group.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
