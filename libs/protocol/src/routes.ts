/** Every path of the controller's HTTP API, in one place for controller, agent, CLI and dashboard. */
export const routes = {
  live: '/health/live',
  ready: '/health/ready',
  docs: '/api/docs',
  /** POST {token}: exchanges the admin token for an HttpOnly cookie (browsers); DELETE forgets it. */
  session: '/api/session',
  /** PUT a file's bytes, GET them back; content-addressed. */
  blob: (sha256: string) => `/api/blobs/${sha256}`,
  /** POST {name, sha256, files: [{path, sha256}]} once the blobs are there; GET lists. */
  models: '/api/models',
  model: (reference: string) => `/api/models/${encodeURIComponent(reference)}`,
  datasets: '/api/datasets',
  dataset: (reference: string) => `/api/datasets/${encodeURIComponent(reference)}`,
  matrices: '/api/matrices',
  matrix: (id: string) => `/api/matrices/${encodeURIComponent(id)}`,
  cancelMatrix: (id: string) => `/api/matrices/${encodeURIComponent(id)}/cancel`,
  /** POST: the same request once more, as a matrix of its own, over today's fleet. */
  rerunMatrix: (id: string) => `/api/matrices/${encodeURIComponent(id)}/rerun`,
  /** POST a matrix without storing it: trials, refusals, waiting cells, expected time. */
  plan: '/api/plan',
  /** ?matrix=ID&model=&class= */
  verdicts: '/api/verdicts',
  /** The newest verdict of each cell, compact. */
  grid: '/api/grid',
  /** ?model=&class=&runtime=: latency over batch sizes, to plan a rollout with. */
  curves: '/api/curves',
  /** POST a plan: an agent serves real load by it; GET lists forecast against served. */
  proofs: '/api/proofs',
  /** Noise floor of each device class with its history and the rate of false verdicts. */
  noise: '/api/noise',
  /** GET, POST a MeasuredSweep: grids over weights and input size. */
  sweeps: '/api/sweeps',
  trials: '/api/trials',
  trial: (id: string) => `/api/trials/${encodeURIComponent(id)}`,
  /** POST: measure it again from its record. */
  rerunTrial: (id: string) => `/api/trials/${encodeURIComponent(id)}/rerun`,
  agents: '/api/agents',
  /** POST drain, pause, resume or revoke; `reference` is an agent's id, or its name where only one has it. */
  agentOrder: (reference: string, order: string) => `/api/agents/${encodeURIComponent(reference)}/${order}`,
  /** The queue of each device class and runtime, and what it waits for. */
  lanes: '/api/lanes',
  /** Device classes that this fleet has ever had: what a selector can match. */
  deviceClasses: '/api/device-classes',
  capabilities: '/api/capabilities',
  /** GET, PUT: the first one uploaded counts. */
  calibrationTable: (key: string) => `/api/calibration-tables/${encodeURIComponent(key)}`,
  /** POST by agents: a ResultEnvelope, gzip. */
  results: '/api/results',
  /** POST an ImportUpload: results measured without this fleet. */
  imports: '/api/imports',
  /** WebSockets. */
  agentSocket: '/agents',
  liveSocket: '/live',
} as const;
