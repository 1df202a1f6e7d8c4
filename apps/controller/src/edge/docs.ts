import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { isOctetError } from '@octet/domain';
import { errorDocument, openApiDocument, routes } from '@octet/protocol';
import type { NextFunction, Request, Response } from 'express';
import { requireRole } from '../auth/auth.guard.js';
import { roleOfRequest } from '../auth/credentials.js';
import type { Tokens } from '../auth/tokens.js';
import { statusOf } from './error-status.js';

const documentPath = `${routes.docs}/openapi.json`;

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Octet API</title>
    <link rel="stylesheet" href="${routes.docs}/assets/swagger-ui.css" />
  </head>
  <body>
    <div id="page"></div>
    <script src="${routes.docs}/assets/swagger-ui-bundle.js"></script>
    <script>SwaggerUIBundle({ url: '${documentPath}', dom_id: '#page' })</script>
  </body>
</html>
`;

/**
 * OpenAPI from the protocol's schemas: a page at /api/docs, the document at /api/docs/openapi.json, for whoever has a token.
 * Swagger's own files are served as they are: loading Nest's Swagger module would cost 20 MB at rest for nothing.
 */
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
  app.useStaticAssets(swaggerFiles(), { prefix: `${routes.docs}/assets`, index: false });
  app.use(documentPath, (_request: Request, response: Response) => response.json(openApiDocument()));
  app.use(routes.docs, (request: Request, response: Response, next: NextFunction) => {
    if (request.path === '/' && request.method === 'GET') response.type('html').send(page);
    else next();
  });
}

/** swagger-ui-dist comes with @nestjs/swagger. */
function swaggerFiles(): string {
  const nestSwagger = createRequire(import.meta.url).resolve('@nestjs/swagger/package.json');
  return join(dirname(createRequire(nestSwagger).resolve('swagger-ui-dist/package.json')));
}
