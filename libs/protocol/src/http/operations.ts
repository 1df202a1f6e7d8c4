import { z } from 'zod';
import { matrixFileSchema } from '../matrix-schema.js';
import { routes } from '../routes.js';
import { agentDocumentSchema, agentListSchema, deviceClassListSchema, laneListSchema } from './agents.js';
import {
  blobDocumentSchema,
  bundleUploadSchema,
  datasetDocumentSchema,
  datasetListSchema,
  modelDocumentSchema,
  modelListSchema,
} from './bundles.js';
import { gridDocumentSchema } from './grid.js';
import { importDocumentSchema, importUploadSchema } from './imports.js';
import {
  matrixDocumentSchema,
  matrixListSchema,
  planDocumentSchema,
  trialListSchema,
  trialsQuerySchema,
} from './matrices.js';
import { noiseDocumentSchema } from './noise.js';
import { resultAcknowledgementSchema, resultEnvelopeSchema } from './record.js';
import { verdictsDocumentSchema, verdictsQuerySchema } from './result-rows.js';
import {
  calibrationTableDocumentSchema,
  healthDocumentSchema,
  sessionDocumentSchema,
  sessionRequestSchema,
  type Role,
} from './session.js';
import { sweepDocumentSchema, sweepListSchema, sweepUploadSchema } from './sweeps.js';
import { trialDocumentSchema, trialQuerySchema } from './trials.js';

/** One route of the controller. `{name}` in a path is a parameter. */
export interface Operation {
  method: 'get' | 'put' | 'post' | 'delete';
  path: string;
  tag: string;
  summary: string;
  /** [] needs no token. */
  roles: readonly Role[];
  query?: z.ZodObject;
  /** `binary`: the file's bytes. */
  body?: z.ZodType | 'binary';
  status: number;
  answer: z.ZodType | 'binary' | null;
}

const capabilitiesDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  rows: z.array(z.record(z.string(), z.unknown())),
});
const admin: readonly Role[] = ['admin'];
const both: readonly Role[] = ['admin', 'agent'];
const anyone: readonly Role[] = [];

/** Every route with its shapes: the OpenAPI document is made from this list, and a test compares it with what Nest serves. */
export const operations: readonly Operation[] = [
  {
    method: 'get',
    path: routes.live,
    tag: 'health',
    summary: 'The process runs',
    roles: anyone,
    status: 200,
    answer: healthDocumentSchema,
  },
  {
    method: 'get',
    path: routes.ready,
    tag: 'health',
    summary: 'Postgres and Redis answer (503 if not)',
    roles: anyone,
    status: 200,
    answer: healthDocumentSchema,
  },
  {
    method: 'post',
    path: routes.session,
    tag: 'session',
    summary: 'Exchange the admin token for a cookie',
    roles: anyone,
    body: sessionRequestSchema,
    status: 200,
    answer: sessionDocumentSchema,
  },
  {
    method: 'delete',
    path: routes.session,
    tag: 'session',
    summary: 'Forget the cookie',
    roles: anyone,
    status: 204,
    answer: null,
  },
  {
    method: 'put',
    path: '/api/blobs/{sha256}',
    tag: 'blobs',
    summary: 'Store a file by its hash',
    roles: both,
    body: 'binary',
    status: 200,
    answer: blobDocumentSchema,
  },
  {
    method: 'get',
    path: '/api/blobs/{sha256}',
    tag: 'blobs',
    summary: 'Read a file by its hash',
    roles: both,
    status: 200,
    answer: 'binary',
  },
  {
    method: 'post',
    path: routes.models,
    tag: 'models',
    summary: 'Register a model whose files are stored',
    roles: admin,
    body: bundleUploadSchema,
    status: 201,
    answer: modelDocumentSchema,
  },
  {
    method: 'get',
    path: routes.models,
    tag: 'models',
    summary: 'List models',
    roles: admin,
    status: 200,
    answer: modelListSchema,
  },
  {
    method: 'get',
    path: '/api/models/{reference}',
    tag: 'models',
    summary: 'A model by SHA-256 or name',
    roles: both,
    status: 200,
    answer: modelDocumentSchema,
  },
  {
    method: 'post',
    path: routes.datasets,
    tag: 'datasets',
    summary: 'Register a dataset whose files are stored',
    roles: admin,
    body: bundleUploadSchema,
    status: 201,
    answer: datasetDocumentSchema,
  },
  {
    method: 'get',
    path: routes.datasets,
    tag: 'datasets',
    summary: 'List datasets',
    roles: admin,
    status: 200,
    answer: datasetListSchema,
  },
  {
    method: 'get',
    path: '/api/datasets/{reference}',
    tag: 'datasets',
    summary: 'A dataset by SHA-256 or name',
    roles: both,
    status: 200,
    answer: datasetDocumentSchema,
  },
  {
    method: 'post',
    path: routes.matrices,
    tag: 'matrices',
    summary: 'Submit a matrix',
    roles: admin,
    body: matrixFileSchema,
    status: 201,
    answer: matrixDocumentSchema,
  },
  {
    method: 'get',
    path: routes.matrices,
    tag: 'matrices',
    summary: 'List matrices with their progress',
    roles: admin,
    status: 200,
    answer: matrixListSchema,
  },
  {
    method: 'get',
    path: '/api/matrices/{reference}',
    tag: 'matrices',
    summary: 'A matrix with its trials, by id or name',
    roles: admin,
    status: 200,
    answer: matrixDocumentSchema,
  },
  {
    method: 'post',
    path: '/api/matrices/{reference}/cancel',
    tag: 'matrices',
    summary: 'Cancel what is still open of a matrix',
    roles: admin,
    status: 200,
    answer: matrixDocumentSchema,
  },
  {
    method: 'post',
    path: routes.plan,
    tag: 'matrices',
    summary: 'What a matrix would do; nothing is stored',
    roles: admin,
    body: matrixFileSchema,
    status: 200,
    answer: planDocumentSchema,
  },
  {
    method: 'get',
    path: routes.trials,
    tag: 'trials',
    summary: 'List trials, newest first',
    roles: admin,
    query: trialsQuerySchema,
    status: 200,
    answer: trialListSchema,
  },
  {
    method: 'get',
    path: '/api/trials/{id}',
    tag: 'trials',
    summary: 'A trial with record, rounds, telemetry and history',
    roles: admin,
    query: trialQuerySchema,
    status: 200,
    answer: trialDocumentSchema,
  },
  {
    method: 'post',
    path: '/api/trials/{id}/rerun',
    tag: 'trials',
    summary: 'Measure a trial again from its record: a new matrix with the same spec and seed',
    roles: admin,
    status: 201,
    answer: matrixDocumentSchema,
  },
  {
    method: 'get',
    path: routes.verdicts,
    tag: 'verdicts',
    summary: 'One row for each trial and recipe',
    roles: admin,
    query: verdictsQuerySchema,
    status: 200,
    answer: verdictsDocumentSchema,
  },
  {
    method: 'get',
    path: routes.grid,
    tag: 'verdicts',
    summary: 'The newest verdict of each cell, compact',
    roles: admin,
    status: 200,
    answer: gridDocumentSchema,
  },
  {
    method: 'get',
    path: routes.sweeps,
    tag: 'verdicts',
    summary: 'Grids over weights and input size, newest first',
    roles: admin,
    status: 200,
    answer: sweepListSchema,
  },
  {
    method: 'post',
    path: routes.sweeps,
    tag: 'verdicts',
    summary: 'Store a grid that `octet sweep` measured; the same one twice is stored once',
    roles: admin,
    body: sweepUploadSchema,
    status: 201,
    answer: sweepDocumentSchema,
  },
  {
    method: 'get',
    path: routes.capabilities,
    tag: 'verdicts',
    summary: 'What each compute capability can do',
    roles: admin,
    status: 200,
    answer: capabilitiesDocumentSchema,
  },
  {
    method: 'get',
    path: routes.agents,
    tag: 'fleet',
    summary: 'Agents with their slots',
    roles: admin,
    status: 200,
    answer: agentListSchema,
  },
  {
    method: 'post',
    path: '/api/agents/{reference}/{order}',
    tag: 'fleet',
    summary: 'Tell an agent to drain, pause, resume or revoke it',
    roles: admin,
    status: 200,
    answer: agentDocumentSchema,
  },
  {
    method: 'get',
    path: routes.lanes,
    tag: 'fleet',
    summary: 'The queue of each device class and runtime, and what it waits for',
    roles: admin,
    status: 200,
    answer: laneListSchema,
  },
  {
    method: 'get',
    path: routes.deviceClasses,
    tag: 'fleet',
    summary: 'Device classes that the fleet has had',
    roles: admin,
    status: 200,
    answer: deviceClassListSchema,
  },
  {
    method: 'get',
    path: routes.noise,
    tag: 'fleet',
    summary: 'Noise floor of each device class: A/A controls, history by day, false verdicts',
    roles: admin,
    status: 200,
    answer: noiseDocumentSchema,
  },
  {
    method: 'post',
    path: routes.results,
    tag: 'agents',
    summary: 'Report a finished trial',
    roles: ['agent'],
    body: resultEnvelopeSchema,
    status: 200,
    answer: resultAcknowledgementSchema,
  },
  {
    method: 'post',
    path: routes.imports,
    tag: 'trials',
    summary: 'Store results measured without this fleet, marked imported',
    roles: admin,
    body: importUploadSchema,
    status: 201,
    answer: importDocumentSchema,
  },
  {
    method: 'put',
    path: '/api/calibration-tables/{key}',
    tag: 'agents',
    summary: 'Offer a calibration table: the first one counts',
    roles: both,
    body: z.record(z.string(), z.unknown()),
    status: 200,
    answer: calibrationTableDocumentSchema,
  },
  {
    method: 'get',
    path: '/api/calibration-tables/{key}',
    tag: 'agents',
    summary: 'A calibration table by key',
    roles: both,
    status: 200,
    answer: z.record(z.string(), z.unknown()),
  },
];
