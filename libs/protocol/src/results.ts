import type { TrialRecord } from '@octet/domain';

/** Body of POST /api/results (application/json, Content-Encoding: gzip). */
export interface ResultEnvelope {
  trialId: string;
  attempt: number;
  agentId: string;
  record: TrialRecord;
}

/**
 * The acknowledgement. `accepted` false is final too (stale attempt, trial cancelled or already has its result): the agent
 * deletes its spooled copy on any 200.
 */
export interface ResultAcknowledgement {
  accepted: boolean;
  reason: 'accepted' | 'stale-attempt' | 'already-accepted' | 'cancelled' | 'unknown-trial';
}

/** A model or dataset is one or more blobs; the first file is the one to open. */
export interface BundleUpload {
  name: string;
  sha256: string;
  files: { path: string; sha256: string; sizeBytes: number }[];
}
