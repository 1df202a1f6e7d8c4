/** HTTP status of an OctetError's code; what is not listed is the sender's fault in content: 422. */
const statusByCode: Readonly<Record<string, number>> = {
  'input-invalid': 400,
  'json-invalid': 400,
  unauthorized: 401,
  forbidden: 403,
  'agent-revoked': 403,
  'not-found': 404,
  'model-unknown': 404,
  'dataset-unknown': 404,
  'matrix-unknown': 404,
  'trial-unknown': 404,
  'agent-unknown': 404,
  'agent-ambiguous': 409,
  'model-not-measured': 404,
  'blob-unknown': 404,
  'calibration-table-unknown': 404,
  'too-large': 413,
  'database-unavailable': 503,
  'lanes-unavailable': 503,
  'controller-stopping': 503,
  'internal-error': 500,
};

export function statusOf(code: string): number {
  return statusByCode[code] ?? 422;
}
