import { routes } from '../../routes.js';
import { matrixDocumentSchema } from '../matrices.js';
import {
  curvesDocumentSchema,
  curvesQuerySchema,
  proofListSchema,
  proofRequestSchema,
  proofsQuerySchema,
} from '../rollouts.js';
import { admin, type Operation } from './operation.js';

/** Curves for plans, and proofs of plans. */
export const rolloutsOperations: readonly Operation[] = [
  {
    method: 'get',
    path: routes.curves,
    tag: 'rollouts',
    summary: 'Latency over batch sizes of one model on one device class, by variant',
    roles: admin,
    query: curvesQuerySchema,
    status: 200,
    answer: curvesDocumentSchema,
  },
  {
    method: 'post',
    path: routes.proofs,
    tag: 'rollouts',
    summary: 'Serve real load by a plan on an agent: a new matrix with one trial',
    roles: admin,
    body: proofRequestSchema,
    status: 201,
    answer: matrixDocumentSchema,
  },
  {
    method: 'get',
    path: routes.proofs,
    tag: 'rollouts',
    summary: 'Forecast against served, newest first',
    roles: admin,
    query: proofsQuerySchema,
    status: 200,
    answer: proofListSchema,
  },
];
