import type { Command } from 'commander';
import type { MnistStory, Share } from '@octet/quantization';
import { note, printJson, printText } from '../output.js';
import { textTable } from '../table.js';

/** `octet demo mnist`: hangs below `demo`, which must be registered before. */
export function registerDemoMnist(program: Command): void {
  const demo = program.commands.find((command) => command.name() === 'demo');
  if (demo === undefined) throw new Error('register demo before demo mnist');
  demo
    .command('mnist')
    .description('the story of sampleINT8: FP32 against INT8 on held-out digits, and the network at 8, 4, 2 and 1 bits')
    .option('--threads <n>', 'CPU threads for running the network')
    .option('--seed <n>', 'seed of the order of calibration digits', '1')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { threads?: string; seed: string; json?: boolean }) => {
      const { mnistHere } = await import('../mnist-here.js');
      const { story, pictures } = await mnistHere(options, note);
      if (options.json) printJson({ mnist: story });
      else printText(asText(story, pictures));
    });
}

function percent({ value, interval }: Share): string[] {
  const show = (share: number): string => (100 * share).toFixed(2);
  return [show(value), interval === null ? '-' : `${show(interval.low)}..${show(interval.high)}`];
}

function asText(story: MnistStory, pictures: string[]): string {
  const rows = story.rows.map(({ label, top1, agreement, sqnrDb }) => [
    label,
    ...percent(top1),
    agreement === null ? '-' : (100 * agreement.value).toFixed(2),
    sqnrDb === null ? '-' : sqnrDb.toFixed(1),
  ]);
  const bits = story.robustness.map(({ bits: count, top1, shown }) => [
    String(count),
    ...percent(top1),
    `${shown.predicted}${shown.predicted === shown.label ? '' : ` (is ${shown.label})`}`,
  ]);
  return [
    `${story.digits} held-out digits, ONNX Runtime on this CPU`,
    textTable(['recipe', 'top-1 %', '95 %', 'as FP32 %', 'SQNR dB'], rows),
    '',
    'Weights and activations at fewer bits (simulated in float: no runtime executes these)',
    textTable(['bits', 'top-1 %', '95 %', 'reads the digit below as'], bits),
    '',
    ...pictures,
  ].join('\n');
}
