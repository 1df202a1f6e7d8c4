import type { Command } from 'commander';
import { defaultSweeps, OctetError, type SweepDefinition } from '@octet/domain';
import { ControllerClient } from '../controller-client.js';
import { exitCodes, note, printJson, printText } from '../output.js';
import { progressLine } from '../progress-line.js';
import type { SweepResult } from '../sweep-run.js';
import { parseTrialOptions } from '../trial-options.js';
import { writeOutput } from '../write-output.js';

interface Options {
  family: string;
  widths?: string;
  sizes?: string;
  depth?: string;
  threads?: string;
  variants: string;
  scheme?: string;
  maxSeconds: string;
  seed: string;
  from?: string;
  store?: boolean;
  page?: string;
  json?: boolean;
}

export function registerSweep(program: Command): void {
  program
    .command('sweep')
    .description(
      'test the rule of thumb here: generated stacks over weights and input size, and where INT8 starts to pay',
    )
    .option('--family <name>', 'convolution or dense', 'convolution')
    .option('--widths <list>', 'channels (convolution) or width (dense) of the layers: the weights axis')
    .option('--sizes <list>', 'side of the input (convolution) or rows (dense): the input axis')
    .option('--depth <n>', 'layers in a stack')
    .option('--threads <n>', 'CPU threads of each engine')
    .option('--variants <list>', 'float variants to compare with, and int8', 'fp32,int8')
    .option('--scheme <name>', 'quantisation scheme')
    .option('--max-seconds <s>', 'time for the rounds of one cell', '20')
    .option('--seed <n>', 'seed of weights, inputs and orders', '1')
    .option('--from <file>', 'read a document that --json wrote, and measure nothing')
    .option('--store', 'give the grid to the controller as well: the dashboard draws it under "The rule"')
    .option('--page <file>', 'write the grid and what it says as Markdown')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: Options) => {
      const { storeSweep, readSweepFile } = await import('../sweep-store.js');
      const client = options.store === true ? new ControllerClient() : null;
      const result = options.from === undefined ? await measure(options) : await readSweepFile(options.from);
      const { sweepPage } = await import('../sweep-page.js');
      if (options.page !== undefined) writeOutput('--page', options.page, `${sweepPage(result)}\n`);
      if (options.json) printJson({ sweep: result });
      else printText(sweepPage(result));
      if (client !== null && !(await storeSweep(client, result))) process.exitCode = exitCodes.failed;
    });
}

async function measure(options: Options): Promise<SweepResult> {
  const definition = parseDefinition(options);
  const trial = parseTrialOptions(trialOptions(options));
  const { sweepHere } = await import('../sweep-run.js');
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  const progress = progressLine();
  return sweepHere(definition, trial, {
    onCell: (cell, index, total) => note(`cell ${index + 1} of ${total}: ${cell.name}`),
    onProgress: progress.tell,
    signal: abort.signal,
  }).finally(progress.end);
}

function trialOptions({ threads, variants, scheme, maxSeconds, seed }: Options) {
  return {
    variants,
    maxSeconds,
    seed,
    ...(threads === undefined ? {} : { threads }),
    ...(scheme === undefined ? {} : { scheme }),
  };
}

/** The default grid of the family, with what was asked for in its place. */
export function parseDefinition(options: Pick<Options, 'family' | 'widths' | 'sizes' | 'depth'>): SweepDefinition {
  const { family } = options;
  if (family !== 'convolution' && family !== 'dense') {
    throw new OctetError('option-invalid', `--family ${family}: give convolution or dense.`);
  }
  const base = defaultSweeps[family];
  const asked = options.widths !== undefined || options.sizes !== undefined;
  return {
    family,
    widths: options.widths === undefined ? base.widths : counts('--widths', options.widths),
    sizes: options.sizes === undefined ? base.sizes : counts('--sizes', options.sizes),
    depth: options.depth === undefined ? base.depth : (counts('--depth', options.depth)[0] as number),
    maxMacs: asked ? null : base.maxMacs,
  };
}

function counts(option: string, text: string): number[] {
  const values = text.split(',').map((part) => Number(part.trim()));
  if (values.length > 0 && values.every((value) => Number.isSafeInteger(value) && value > 0)) return values;
  throw new OctetError('option-invalid', `${option} ${text}: give whole numbers above 0, separated by commas.`);
}
