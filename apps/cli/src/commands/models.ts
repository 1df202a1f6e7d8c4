import { basename } from 'node:path';
import type { Command } from 'commander';
import { inspectModel, loadModel, modelFiles } from '@octet/onnx';
import { routes, type Bundle } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';
import { uploadBundle, type LocalFile } from '../upload.js';

export function registerModels(program: Command): void {
  const models = program.command('models').description('models of the controller, and what is in an ONNX file');

  models
    .command('add')
    .description('upload a model; its content is stored once')
    .argument('<file>', 'ONNX file')
    .option('--name <name>', 'name to know it by; the file name without it')
    .option('--json', 'one JSON document on stdout')
    .action(async (file: string, options: { name?: string; json?: boolean }) => {
      const model = await addModel(new ControllerClient(), file, options.name ?? modelName(file));
      if (options.json) printJson({ model });
      else printText(`${model.name}  ${model.sha256}`);
    });

  models
    .command('list')
    .description('models that the controller knows')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { json?: boolean }) => {
      const { models: known } = await new ControllerClient().get<{ models: Bundle[] }>(routes.models);
      if (options.json) printJson({ models: known });
      else printText(modelTable(known));
    });
}

/** Uploads an ONNX file with its external data. It is read first: what is not ONNX is never sent. */
export async function addModel(client: ControllerClient, path: string, name: string): Promise<Bundle> {
  inspectModel(await loadModel(path));
  const files = modelFiles(path).map((file): LocalFile => ({
    path: file.location ?? basename(path),
    localPath: file.path,
  }));
  return uploadBundle(client, 'models', name, files);
}

/** `models/ocr-rec.onnx` is called `ocr-rec`. */
export function modelName(path: string): string {
  return basename(path).replace(/\.onnx$/i, '');
}

function modelTable(models: readonly Bundle[]): string {
  if (models.length === 0) return 'No model yet. Add one: octet models add MODEL.onnx';
  return textTable(
    ['name', 'MB', 'sha256'],
    models.map((model) => [model.name, (model.sizeBytes / 1e6).toFixed(1), model.sha256]),
  );
}
