import type { Command } from 'commander';
import { knownPlaces } from '../known-classes.js';
import { readMatrixFile } from '../matrix-upload.js';
import { note, printJson, printText } from '../output.js';
import { planText } from '../plan-text.js';

export function registerPlan(program: Command): void {
  program
    .command('plan')
    .description('what a matrix would measure, what is impossible and why, and how long it takes; nothing runs')
    .argument('<matrix>', 'matrix file (YAML)')
    .option('--here', 'plan for this machine, even where a controller answers')
    .option('--json', 'one JSON document on stdout')
    .action(async (path: string, options: { here?: boolean; json?: boolean }) => {
      const { matrix } = readMatrixFile(path);
      const places = await knownPlaces(options.here ?? false, matrix.devices.threads);
      const { planMatrix } = await import('../plan-matrix.js');
      const plan = await planMatrix(matrix, path, places);
      if (options.json) return printJson(plan);
      note(`planned for ${places.source === 'fleet' ? "the fleet's device classes" : 'this machine'}`);
      printText(planText(plan));
    });
}
