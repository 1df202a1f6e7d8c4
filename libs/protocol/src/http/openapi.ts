import { z } from 'zod';
import { errorDocumentSchema } from './errors.js';
import { operations, type Operation } from './operations.js';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 of the controller, made from the very schemas that requests are parsed with. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Octet controller',
      version: '1',
      description: 'Every answer is JSON with schemaVersion; errors are {schemaVersion: 1, error: {code, message}}.',
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'admin.token or agent.token of the data folder' },
        session: { type: 'apiKey', in: 'cookie', name: 'octet_session' },
      },
      schemas: { Error: schemaOf(errorDocumentSchema, 'output') },
    },
  };
}

function describe(operation: Operation): Json {
  const { tag, summary, roles, body, status, answer } = operation;
  return {
    tags: [tag],
    summary,
    description: roles.length === 0 ? 'No token needed.' : `Role: ${roles.join(' or ')}.`,
    parameters: [...pathParameters(operation.path), ...queryParameters(operation.query)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body, 'input') } }),
    responses: {
      [status]: { description: summary, ...(answer === null ? {} : { content: contentOf(answer, 'output') }) },
      default: {
        description: 'What is wrong and what to do',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
    security: roles.length === 0 ? [] : [{ token: [] }, { session: [] }],
  };
}

function contentOf(shape: z.ZodType | 'binary', io: 'input' | 'output'): Json {
  if (shape === 'binary') return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
  return { 'application/json': { schema: schemaOf(shape, io) } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  if (query === undefined) return [];
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema as z.ZodType, 'input'),
  }));
}
