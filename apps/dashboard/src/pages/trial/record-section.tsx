import { isOwnModel, type EngineRecord, type Recipe, type TrialRecord, type TrialSpec } from '@octet/domain';
import { routes, type TrialDocument } from '@octet/protocol';
import { Alert, Stack, Text, Title } from '@mantine/core';
import { CopyBlock } from '../../parts/copy-block.js';
import { Facts } from '../../parts/facts.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';
import { formatAccuracy, formatBytes, formatMoment, formatNs } from '../../format.js';
import { benchCommand } from './bench-command.js';
import { budgetInWords, factsInWords } from './fact-words.js';

/** What it takes to believe the numbers and to get them again. */
export function RecordSection({ document }: { document: TrialDocument }) {
  const spec = document.spec as TrialSpec;
  const record = document.record as TrialRecord | null;
  return (
    <Stack gap="md" component="section" aria-label="Record">
      <Title order={2} size="h4">
        Record
      </Title>
      {record?.environment.warnings.map((warning) => (
        <Alert key={warning.id} color="yellow" title={warning.message}>
          {warning.advice}
        </Alert>
      ))}
      <Facts facts={specFacts(spec, document)} />
      {record !== null && (
        <>
          <Facts facts={recordFacts(record)} />
          <SortableTable caption="Engines" columns={engineColumns} rows={record.engines} />
        </>
      )}
      {isImported(document) ? (
        <Text className="quiet">Imported: what was run to measure it is known to its owner only.</Text>
      ) : (
        <MeasureAgain spec={spec} />
      )}
    </Stack>
  );
}

/** Whether the result was measured elsewhere and brought in by `octet import`. */
export function isImported(document: TrialDocument): boolean {
  return (document.record as TrialRecord | null)?.environment.facts['imported'] === true;
}

function MeasureAgain({ spec }: { spec: TrialSpec }) {
  const recipes: (Recipe | null)[] = spec.recipes.length === 0 ? [null] : spec.recipes;
  return (
    <>
      <Title order={3} size="h5">
        Measure it again
      </Title>
      <Text size="sm" className="quiet">
        On a machine of the class {spec.deviceClass}, with the{' '}
        <a href={routes.blob(spec.model.sha256)} download={`${spec.model.name}.onnx`}>
          model file
        </a>{' '}
        in the folder:
      </Text>
      {recipes.map((recipe, index) => (
        <CopyBlock key={index} text={benchCommand(spec, recipe)} label="octet bench command" />
      ))}
    </>
  );
}

function specFacts(spec: TrialSpec, { trial }: TrialDocument): [string, string][] {
  return [
    ['model', `${spec.model.name}, sha256 ${spec.model.sha256}`],
    ['dataset', spec.dataset === null ? 'none: random inputs' : `${spec.dataset.name}, sha256 ${spec.dataset.sha256}`],
    [
      'shapes',
      Object.entries(spec.shapes)
        .map(([name, dims]) => `${name} ${dims.join(' × ')}`)
        .join('; '),
    ],
    ['device class', spec.deviceClass],
    ['threshold', String(spec.plan.threshold)],
    ['rounds', `at least ${spec.plan.minRounds}, at most ${spec.plan.maxSeconds} s`],
    ['accuracy budget', spec.accuracy === null ? 'none' : budgetInWords(spec.accuracy)],
    ['seed', String(spec.seed)],
    ['attempt', String(trial.attempt)],
    ['measured by', trial.agentId ?? '–'],
  ];
}

function recordFacts(record: TrialRecord): [string, string][] {
  const { device, runtime, environment, inputs } = record;
  return [
    ['device', device.name],
    ['runtime', `${runtime.name} ${runtime.version}`],
    ...(device.kind === 'cpu' ? ([['instructions', device.instructionSets.join(', ')]] as [string, string][]) : []),
    ['memory', formatBytes(device.memoryBytes)],
    [
      'inputs',
      `${inputs.count} from ${inputs.source === 'dataset' ? 'the dataset' : 'random numbers'}, seed ${inputs.seed}`,
    ],
    ['stopped', record.stop],
    ['started', formatMoment(record.startedAt)],
    ['ended', formatMoment(record.endedAt)],
    ...factsInWords(environment.facts),
  ];
}

const engineColumns: Column<EngineRecord>[] = [
  { name: 'Engine', value: (engine) => engine.label },
  { name: 'Status', value: (engine) => engine.refusal?.message ?? engine.status },
  { name: 'Size', value: (e) => e.build?.sizeBytes, show: (e) => formatBytes(e.build?.sizeBytes), numeric: true },
  {
    name: 'Peak memory',
    value: (engine) => engine.build?.peakMemoryBytes,
    show: (engine) => formatBytes(engine.build?.peakMemoryBytes),
    numeric: true,
  },
  {
    name: 'Build',
    value: (engine) => engine.build?.buildNs,
    show: (engine) => (engine.build?.cacheHit === true ? 'from the cache' : formatNs(engine.build?.buildNs)),
    numeric: true,
  },
  { name: 'Accuracy', value: (engine) => formatAccuracy(engine.accuracy) },
  {
    name: 'SHA-256',
    value: (engine) => engine.build?.sha256,
    show: (engine) => <Hash sha256={engine.build?.sha256} />,
  },
  { name: 'Options', value: (engine) => optionsText(engine), show: (engine) => <OptionsOf engine={engine} /> },
];

function Hash({ sha256 }: { sha256: string | null | undefined }) {
  return <span title={sha256 ?? ''}>{sha256?.slice(0, 12) ?? '–'}</span>;
}

function optionsText(engine: EngineRecord): string {
  const recipe = engine.recipe === null || isOwnModel(engine.recipe) ? {} : engine.recipe;
  return JSON.stringify({ ...engine.build?.options, ...recipe });
}

function OptionsOf({ engine }: { engine: EngineRecord }) {
  return (
    <details>
      <summary>show</summary>
      <code style={{ overflowWrap: 'anywhere' }}>{optionsText(engine)}</code>
    </details>
  );
}
