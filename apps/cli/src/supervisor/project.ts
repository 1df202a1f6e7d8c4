import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OctetError } from '@octet/domain';

/** Folder of the installed package: the nearest one above that holds octet's bin. */
export function projectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'bin', 'octet.js'))) return folder;
    if (folder === dirname(folder))
      throw new OctetError('not-installed', 'The folder of octet was not found above this file.');
  }
}

/** Built entry of an app. @throws OctetError `not-built`. */
export function builtEntry(app: 'controller' | 'agent'): string {
  const path = join(projectRoot(), 'dist', 'apps', app, 'apps', app, 'src', 'main.js');
  if (existsSync(path)) return path;
  throw new OctetError('not-built', `The ${app} is not built. Run: npm ci && npm run build`);
}
