import { routes } from '../../routes.js';
import { healthDocumentSchema, sessionDocumentSchema, sessionRequestSchema } from '../session.js';
import { anyone, type Operation } from './operation.js';

/** Whether the controller runs, and who may speak to it. */
export const sessionOperations: readonly Operation[] = [
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
];
