import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

const ownPaths = /^\/(api|health|agents|live)(\/|$)/;

/** The dashboard's static files need no token (they hold no data); a path of the page's own router gets index.html. */
export function serveDashboard(app: NestExpressApplication, folder: string | null): void {
  if (folder === null) return;
  app.useStaticAssets(folder, { index: 'index.html', maxAge: '1h', setHeaders: neverCacheTheIndex });
  app.use((request: Request, response: Response, next: NextFunction) => {
    const page = request.method === 'GET' && !ownPaths.test(request.path) && !request.path.includes('.');
    if (page) response.sendFile(join(folder, 'index.html'), { headers: { 'Cache-Control': 'no-cache' } });
    else next();
  });
}

function neverCacheTheIndex(response: Response, path: string): void {
  if (path.endsWith('index.html')) response.setHeader('Cache-Control', 'no-cache');
}
