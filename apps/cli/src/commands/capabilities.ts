import type { Command } from 'commander';
import { capabilityRows, cpuTable, gpuTable, type CpuCapability, type GpuCapability } from '@octet/domain';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';

export function registerCapabilities(program: Command): void {
  program
    .command('capabilities')
    .description('what each architecture runs fast: the table that decides what is measured')
    .option('--json', 'one JSON document on stdout')
    .action((options: { json?: boolean }) => {
      if (options.json) printJson({ rows: capabilityRows() });
      else printText(capabilitiesText());
    });
}

/** Both tables for people; every decision by TensorRT version is in docs/capabilities.md. */
export function capabilitiesText(): string {
  return [
    textTable(gpuHeader, gpuTable.map(gpuCells)),
    textTable(cpuHeader, cpuTable.map(cpuCells)),
    'What a device really ran wins over this table. By TensorRT version, with every reason: docs/capabilities.md',
  ].join('\n\n');
}

const gpuHeader = [
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
];

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

function gpuCells(row: GpuCapability): string[] {
  const { tf32, fp32, fp16, int8, fp16TensorCores, int8TensorCores, dla, dp4a, bf16, fp8 } = row;
  const columns = [tf32, fp32, fp16, int8, fp16TensorCores, int8TensorCores, dla, dp4a, bf16, fp8];
  return [row.sm, row.example, ...columns.map(yesNo)];
}

const cpuHeader = ['instructions', 'architecture', 'example', 'INT8', '8-bit sums saturate', 'INT8 / FP32 in theory'];

function cpuCells(row: CpuCapability): string[] {
  const ratio = row.int8OverFp32 === null ? 'another unit' : row.int8OverFp32.toFixed(2);
  return [row.instructionSet, row.architecture, row.example, yesNo(row.int8), yesNo(row.saturates), ratio];
}
