import type { TrialRecord } from '@octet/domain';
import type { TrialProgress } from '@octet/protocol';
import type { TrialJob } from './trial-job.js';

/** Agent to trial process. */
export type ToTrial =
  | { type: 'run'; job: TrialJob }
  | { type: 'cancel' }
  | { type: 'table'; id: number; ok: true; table: unknown }
  | { type: 'table'; id: number; ok: false; code: string; message: string };

/** Trial process to agent. Calibration tables go through the agent: the token stays with it. */
export type FromTrial =
  | { type: 'progress'; progress: TrialProgress }
  | { type: 'table-get'; id: number; key: string }
  | { type: 'table-put'; id: number; key: string; table: unknown }
  | { type: 'done'; record: TrialRecord }
  | { type: 'failed'; code: string; message: string };
