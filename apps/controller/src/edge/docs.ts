import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { errorDocument, openApiDocument, routes } from '@octet/protocol';
import { isOctetError } from '@octet/domain';
import type { NextFunction, Request, Response } from 'express';
import { requireRole } from '../auth/auth.guard.js';
import { roleOfRequest } from '../auth/credentials.js';
import type { Tokens } from '../auth/tokens.js';
import { statusOf } from './error-status.js';

/** OpenAPI from the protocol's schemas, at /api/docs (page), /api/docs/json and /api/docs/yaml: for whoever has a token. */
export function serveDocs(app: NestExpressApplication, tokens: Tokens): void {
  app.use(routes.docs, (request: Request, response: Response, next: NextFunction) => {
    try {
      requireRole(roleOfRequest(tokens, request.headers), ['admin', 'agent']);
      next();
    } catch (error) {
      if (!isOctetError(error)) throw error;
      response.status(statusOf(error.code)).json(errorDocument(error.code, error.message));
    }
  });
  SwaggerModule.setup(routes.docs, app, openApiDocument() as unknown as OpenAPIObject, {
    jsonDocumentUrl: `${routes.docs}/json`,
    yamlDocumentUrl: `${routes.docs}/yaml`,
  });
}
