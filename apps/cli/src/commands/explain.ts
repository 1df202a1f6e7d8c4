import type { Command } from 'commander';
import { OctetError } from '@octet/domain';
import { explain, type EngineExports, type Explanation, type IncompleteBuild } from '@octet/engines';
import { explanationText } from '../explanation-text.js';
import { explainFolder, type NamedExplanation } from '../explain-folder.js';
import { readExports } from '../export-files.js';
import { printJson, printText } from '../output.js';

export interface ExplainOptions {
  layers?: string;
  profile?: string;
  times?: string;
  log?: string;
  float?: string;
  floatLayers?: string;
  floatProfile?: string;
  floatTimes?: string;
  floatLog?: string;
  threshold?: string;
  json?: boolean;
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description("where an INT8 engine's time goes, from anybody's trtexec exports: no fleet, no GPU")
    .argument('[path]', 'a folder of exports, a folder of such folders (one for each variant), or a log')
    .option('--layers <file>', 'trtexec --exportLayerInfo of the INT8 engine')
    .option('--profile <file>', 'trtexec --exportProfile of the INT8 engine')
    .option('--times <file>', 'trtexec --exportTimes of the INT8 engine (wins over --log)')
    .option('--log <file>', 'output of trtexec')
    .option('--float <folder>', 'a folder of exports of the float engine to beat')
    .option('--float-layers <file>', 'layer information of the float engine')
    .option('--float-profile <file>', 'profile of the float engine')
    .option('--float-times <file>', 'times of the float engine')
    .option('--float-log <file>', 'log of the float engine')
    .option('--threshold <ratio>', 'speed-up from which INT8 pays', '1.05')
    .option('--json', 'one JSON document on stdout')
    .action(async (path: string | undefined, options: ExplainOptions) => {
      const answer = await answerOf(path, options);
      if (Array.isArray(answer)) {
        if (options.json) printJson({ explanations: answer });
        else printText(answer.map(({ name, ...each }) => `${name}\n\n${explanationText(each)}`).join('\n\n'));
      } else if (options.json) printJson(answer);
      else printText(explanationText(answer));
    });
}

async function answerOf(
  path: string | undefined,
  options: ExplainOptions,
): Promise<Explanation | IncompleteBuild | NamedExplanation[]> {
  const threshold = thresholdOf(options);
  const { int8, float, variants } = await readExports(path, options);
  if (variants !== null) return explainFolder(variants, { threshold });
  return explain(int8, isEmpty(float) ? null : float, { threshold });
}

function isEmpty(exports: EngineExports): boolean {
  return Object.values(exports).every((text) => text === null);
}

function thresholdOf({ threshold }: ExplainOptions): number {
  const ratio = Number(threshold ?? '1.05');
  if (Number.isFinite(ratio) && ratio > 0) return ratio;
  throw new OctetError('option-invalid', `--threshold takes a ratio such as 1.05, not ${threshold}.`);
}
