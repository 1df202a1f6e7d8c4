import { z } from 'zod';
import { routes } from '../../routes.js';
import { gridDocumentSchema } from '../grid.js';
import { verdictsDocumentSchema, verdictsQuerySchema } from '../result-rows.js';
import { sweepDocumentSchema, sweepListSchema, sweepUploadSchema } from '../sweeps.js';
import { admin, type Operation } from './operation.js';

const capabilitiesDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  rows: z.array(z.record(z.string(), z.unknown())),
});
/** What was found: rows, grids, sweeps and the capability table. */
export const verdictsOperations: readonly Operation[] = [
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
];
