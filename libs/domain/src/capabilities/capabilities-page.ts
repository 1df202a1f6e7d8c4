import { cpuTable } from './cpu-table.js';
import { gpuTable } from './gpu-table.js';
import type { SupportAnswer } from './support.js';
import { supportTable, tableColumns, type SupportTableRow } from './support-table.js';

/** docs/capabilities.md to the byte: written by scripts/write-capabilities-page.ts, compared by a test. */
export function capabilitiesPage(): string {
  return `${[intro, gpuSection(), cpuSection(), tensorRtSection(), onnxRuntimeSection].join('\n\n')}\n`;
}

const intro = `# Capabilities

Generated from \`libs/domain/src/capabilities\` by \`npx tsx scripts/write-capabilities-page.ts\`: change the code, not this page.

A table says what an architecture runs fast. It is a starting point: the product name (a GTX 16xx is SM 7.5 without tensor cores)
and what an engine really ran win over it. What has no fast path is refused by policy and measured with \`force\`.`;

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

function gpuSection(): string {
  const header = [
    'SM',
    'example',
    'TF32',
    'FP32',
    'FP16',
    'INT8',
    'FP16 tensor cores',
    'INT8 tensor cores',
    'DLA',
    'DP4A',
    'BF16',
    'FP8',
    'source',
  ];
  const rows = gpuTable.map((row) => [
    row.sm,
    row.example,
    ...[
      row.tf32,
      row.fp32,
      row.fp16,
      row.int8,
      row.fp16TensorCores,
      row.int8TensorCores,
      row.dla,
      row.dp4a,
      row.bf16,
      row.fp8,
    ].map(yesNo),
    row.source,
  ]);
  return `## GPUs\n\nThe first eleven rows are the lecture's, in its order.\n\n${table(header, rows)}`;
}

function cpuSection(): string {
  const header = [
    'instructions',
    'architecture',
    'example',
    'INT8',
    'U8xS8 saturates',
    'INT8 / FP32 in theory',
    'source',
  ];
  const rows = cpuTable.map((row) => [
    row.instructionSet,
    row.architecture,
    row.example,
    yesNo(row.int8),
    yesNo(row.saturates),
    row.int8OverFp32 === null ? 'another unit' : row.int8OverFp32.toFixed(2),
    row.source,
  ]);
  return `## CPUs\n\n${table(header, rows)}`;
}

/** Refusals are numbered in the order in which they appear; each is explained once below the table. */
function tensorRtSection(): string {
  const reasons: string[] = [];
  const rows = supportTable().map((row) => [
    row.sm,
    row.example,
    row.from === row.to ? row.from : `${row.from} to ${row.to}`,
    ...row.answers.map((answer) => cell(answer, row, reasons)),
  ]);
  const header = ['SM', 'example', 'TensorRT', ...tableColumns];
  const explained = reasons.map((reason, index) => `${index + 1}. ${reason}`).join('\n');
  return `## TensorRT, by architecture and version\n\n"yes" or the number of the reason below. An asterisk: runs, with the remark of that number. The columns "rest" are explicit INT8 whose other layers are asked to run in that float (a recipe's \`rest\`).\n\n${table(header, rows)}\n\n### Reasons\n\n${explained}`;
}

function cell(answer: SupportAnswer, where: SupportTableRow, reasons: string[]): string {
  if (!answer.ok) return `R${numberOf(`\`${answer.code}\`: ${general(answer.message, where)}`, reasons)}`;
  const remarks = answer.warnings.map((warning) => `R${numberOf(general(warning, where), reasons)}`);
  return remarks.length === 0 ? 'yes' : `yes* ${remarks.join(' ')}`;
}

/** The same reason differs from row to row only in naming SM and version: said once, its row names them. */
function general(message: string, { sm, from }: SupportTableRow): string {
  return message
    .replaceAll(`SM ${sm} without INT8`, 'This SM without INT8')
    .replace(/ \(Tesla [^)]*\)\.$/, '.')
    .replace(`${sm} needs`, 'this SM needs')
    .replace(`SM ${sm};`, 'this SM;')
    .replace(`know SM ${sm} yet`, 'know this SM yet')
    .replace(`SM ${sm} has`, 'This SM has')
    .replace(new RegExp(`^TensorRT ${from} `), 'This TensorRT ')
    .replace(`this is ${from}.`, 'this one is older.')
    .replace('SM this SM', 'this SM');
}

function numberOf(reason: string, reasons: string[]): number {
  const known = reasons.indexOf(reason);
  if (known >= 0) return known + 1;
  return reasons.push(reason);
}

const onnxRuntimeSection = `## ONNX Runtime

- CPU: FP32, and INT8 where one of the instruction sets above is there. FP16 saves size only (\`no-fast-fp16\`, by policy); TF32 and
  BF16 are \`unsupported\`.
- GPU: through its CUDA provider (runtime \`onnxruntime-cuda\`) or its TensorRT provider (\`onnxruntime-tensorrt\`), each offered where a
  session with it really runs ([tensorrt.md](tensorrt.md)); a matrix that says \`onnxruntime\` means these on a GPU. FP32, TF32, FP16
  and INT8 by Q/DQ as the GPU table allows. The CUDA provider has no INT8 convolution: Q/DQ runs in float between conversions, and
  the verdict says \`int8-not-used\`. The TensorRT provider gets no precision flags through onnxruntime-node: what the model's own
  types do not bring about stays FP32. Nodes that fall back to another provider are counted (\`fallback\`).
- Dynamic and asymmetric recipes run here only (TensorRT has no DynamicQuantizeLinear, MatMulInteger or ConvInteger and wants zero
  point 0: \`recipe-needs-onnxruntime\`); implicit placement (a calibration cache) exists in TensorRT up to 10 only.

## DLA cores

FP16 and INT8 only (\`dla-precision\`); on TensorRT 8 no Q/DQ model (\`dla-explicit\`): implicit placement there.`;
