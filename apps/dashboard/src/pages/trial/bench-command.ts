import { isOwnModel, type AccuracyBudget, type Recipe, type TrialSpec } from '@octet/domain';

/** The `octet bench` command that measures one recipe of a trial again, on a machine of the same class. */
export function benchCommand(spec: TrialSpec, recipe: Recipe | null): string {
  const words = [
    'npx octet bench',
    quoted(spec.model.name.endsWith('.onnx') ? spec.model.name : `${spec.model.name}.onnx`),
  ];
  const say = (name: string, value: string | number) => words.push(`--${name} ${quoted(String(value))}`);
  say('runtime', spec.runtime);
  say('batch', spec.batch);
  for (const [input, dims] of Object.entries(spec.shapes)) say('shape', `${input}=${dims.join('x')}`);
  if (spec.dataset !== null) say('data', spec.dataset.name);
  if (spec.threads !== null) say('threads', spec.threads);
  say('variants', [...spec.floats, ...(recipe === null ? [] : ['int8'])].join(','));
  for (const [name, value] of recipeOptions(recipe)) say(name, value);
  words.push(...biasFlag(recipe));
  if (spec.accuracy !== null) say('accuracy', budgetText(spec.accuracy));
  say('threshold', spec.plan.threshold);
  say('min-rounds', spec.plan.minRounds);
  say('max-seconds', spec.plan.maxSeconds);
  if (spec.force) words.push('--force');
  return words.join(' \\\n  ');
}

function recipeOptions(recipe: Recipe | null): [string, string | number][] {
  if (recipe === null) return [];
  if (isOwnModel(recipe)) return [['own-model', recipe.model]];
  const options: [string, string | number][] = [['scheme', recipe.scheme]];
  if (recipe.calibrator !== null) options.push(['calibrator', recipe.calibrator]);
  if (recipe.weightBits !== 8) options.push(['weight-bits', recipe.weightBits]);
  if (recipe.exclude.length > 0) options.push(['exclude', recipe.exclude.join(',')]);
  return options;
}

function biasFlag(recipe: Recipe | null): string[] {
  if (recipe === null || isOwnModel(recipe) || recipe.biasCorrection === undefined) return [];
  return [recipe.biasCorrection ? '--bias-correction' : '--no-bias-correction'];
}

function budgetText(budget: AccuracyBudget): string {
  return 'atLeast' in budget ? `${budget.metric}>=${budget.atLeast}` : `${budget.metric}<=${budget.maxDrop}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
