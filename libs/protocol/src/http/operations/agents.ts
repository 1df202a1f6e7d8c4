import { z } from 'zod';
import { routes } from '../../routes.js';
import { resultAcknowledgementSchema, resultEnvelopeSchema } from '../record.js';
import { calibrationTableDocumentSchema } from '../session.js';
import { both, type Operation } from './operation.js';

/** What agents report and share. */
export const agentsOperations: readonly Operation[] = [
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
