import type { MatrixDocument } from '@octet/protocol';
import { Document, isMap, stringify, visit } from 'yaml';
import type { DeviceAbilities } from '../fleet/device-abilities.js';

/** What the form holds: text as typed; the YAML beside it says what it means. */
export interface MatrixForm {
  name: string;
  models: { name: string; data: string; shapes: string; accuracy: string }[];
  batches: string;
  variants: string[];
  scheme: string;
  calibrator: string;
  weightBits: string;
  deviceClasses: string[];
  runtimes: string[];
  threshold: number;
  maxSeconds: number;
  priority: number;
}

/**
 * The form as it opens. INT8 has to beat the fastest float engine, so FP16 is asked for where a known device runs it fast; a fleet of
 * which nothing is known yet may have one.
 */
export function emptyForm(fleet: readonly Pick<DeviceAbilities, 'answers'>[]): MatrixForm {
  const halves = fleet.length === 0 || fleet.some(({ answers }) => answers.fp16.why === null);
  return {
    name: 'my-matrix',
    models: [],
    batches: '1',
    variants: halves ? ['fp32', 'fp16', 'int8'] : ['fp32', 'int8'],
    scheme: 'static-symmetric',
    calibrator: 'max',
    weightBits: '8',
    deviceClasses: [],
    runtimes: [],
    threshold: 1.05,
    maxSeconds: 30,
    priority: 5,
  };
}

const style = { lineWidth: 100, flowCollectionPadding: true, collectionStyle: 'any' } as const;

/** The matrix file (design: a matrix) that the form describes. */
export function yamlOf(form: MatrixForm): string {
  const dynamic = form.scheme.startsWith('dynamic');
  const recipe = {
    scheme: form.scheme,
    ...(dynamic ? {} : { calibrator: form.calibrator }),
    ...(form.weightBits === '8' ? {} : { weightBits: Number(form.weightBits) }),
  };
  const devices = {
    ...(form.deviceClasses.length === 0 ? {} : { classes: form.deviceClasses }),
    ...(form.runtimes.length === 0 ? {} : { runtimes: form.runtimes }),
  };
  return stringify(
    {
      name: form.name,
      models: form.models.map(({ name, data, shapes, accuracy }) => ({
        name,
        ...(shapes.trim() === '' ? {} : { shapes: [shapesOf(shapes)] }),
        ...(data === '' ? {} : { data }),
        ...(accuracy === '' ? {} : { accuracy: budgetOf(accuracy) }),
      })),
      batches: form.batches
        .split(/[\s,]+/)
        .filter((text) => text !== '')
        .map(numberOrText),
      variants: form.variants,
      ...(form.variants.includes('int8') ? { int8: [recipe] } : {}),
      devices: Object.keys(devices).length === 0 ? 'all' : devices,
      measure: { threshold: form.threshold, maxSeconds: form.maxSeconds },
      priority: form.priority,
    },
    style,
  );
}

/** The file of an earlier matrix. Its models stand there by their hashes, each with its name beside it. */
export function yamlOfRequest({
  request,
  trials,
  refused,
}: Pick<MatrixDocument, 'request' | 'trials' | 'refused'>): string {
  const names = new Map([...trials, ...refused].map(({ model }) => [model.sha256, model.name]));
  const yaml = new Document(request);
  visit(yaml, {
    Scalar: (_, node) => {
      const name = names.get(String(node.value));
      if (name !== undefined) node.comment = ` ${name.replaceAll('\n', ' ')}`;
    },
    // Short lists of numbers and words read better on one line.
    Seq: (_, node) => {
      if (node.items.every((item) => !isMap(item))) node.flow = true;
    },
  });
  return yaml.toString(style);
}

/** `x: batch,3,48,320; y: 1,10` */
function shapesOf(text: string): Record<string, (number | string)[]> {
  return Object.fromEntries(
    text
      .split(';')
      .filter((part) => part.trim() !== '')
      .map((part) => {
        const [name = '', dims = ''] = part.split(/[:=]/);
        return [
          name.trim(),
          dims
            .split(/[\s,x×]+/)
            .filter((dim) => dim !== '')
            .map(numberOrText),
        ];
      }),
  );
}

function numberOrText(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** `cosine 0.99`, `top1 0.01`: as the choices of the form name them. */
function budgetOf(text: string): Record<string, unknown> {
  const [metric = '', bound = ''] = text.split(' ');
  return metric.startsWith('top') ? { metric, maxDrop: Number(bound) } : { metric, atLeast: Number(bound) };
}
