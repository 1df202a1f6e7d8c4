import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { OctetError } from '@octet/domain';
import { importedRecord, readExportsFolder, readVariantFolders, type EngineExports } from '@octet/engines';
import { routes, type ImportDocument } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';

interface Options {
  name?: string;
  json?: boolean;
}

export function registerImport(program: Command): void {
  program
    .command('import')
    .description("bring anybody's trtexec exports into the controller, as results marked imported")
    .argument('<folder>', 'a folder with one folder of exports for each variant (fp16, int8-qdq, ...)')
    .option('--name <name>', "what the model is called; the folder's name without it")
    .option('--json', 'one JSON document on stdout')
    .action(async (folder: string, options: Options) => {
      const name = options.name ?? basename(resolve(folder));
      const record = importedRecord({ name, variants: await variantsIn(folder), importedAt: new Date().toISOString() });
      const answer = await new ControllerClient().post<ImportDocument>(routes.imports, { name, record });
      if (options.json) printJson(answer);
      else printText(`Imported as ${answer.matrix.name}: octet verdicts ${answer.matrix.id}`);
    });
}

async function variantsIn(folder: string): Promise<Map<string, EngineExports>> {
  const variants = await readVariantFolders(folder);
  if (variants.size > 0) return variants;
  const own = await readExportsFolder(folder);
  if (own.layers !== null) return new Map([[basename(resolve(folder)), own]]);
  throw new OctetError('exports-missing', `${folder} holds no exports of trtexec, nor folders that do.`);
}
