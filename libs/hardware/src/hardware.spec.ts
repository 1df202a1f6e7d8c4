import { readFile } from 'node:fs/promises';
import { deviceClassOf } from '@octet/domain';
import { describe, expect, test } from 'vitest';
import {
  cpuDeviceOf,
  deviceTreeStrings,
  gpuTelemetry,
  instructionSetsOf,
  jetsonDevices,
  loadBetween,
  parseCpuinfo,
  parseGpus,
  parsePowerMode,
  parseTelemetry,
  parseTicks,
  preflightWarnings,
  probeDevices,
  probeEnvironment,
  probeGpus,
  throttleReasons,
  type HostState,
} from './index.js';

const fixtures = new URL('../../../test/fixtures/', import.meta.url);
const fixture = (name: string): Promise<string> => readFile(new URL(name, fixtures), 'utf8');
const uuid = 'GPU-00000000-1111-2222-3333-444444444444';

describe('CPU', () => {
  test.each([
    [
      'cpuinfo/emerald-rapids.txt',
      'Intel(R) Xeon(R) Processor',
      ['AMX-INT8', 'AVX-512', 'AVX-VNNI', 'AVX2', 'AVX512-VNNI'],
    ],
    ['cpuinfo/zen4.txt', 'AMD EPYC', ['AVX-512', 'AVX2', 'AVX512-VNNI']],
  ])('%s: name and instruction sets, sorted', async (file, name, sets) => {
    const cpuinfo = parseCpuinfo(await fixture(file));
    const facts = {
      architecture: 'x86-64' as const,
      cpuinfo,
      brand: '',
      physicalCores: 2,
      logicalCores: 4,
      memoryBytes: 1,
    };
    expect(cpuDeviceOf(facts, null)).toMatchObject({ name, instructionSets: sets, threads: 2 });
    expect(cpuDeviceOf(facts, 1).threads).toBe(1);
  });

  test('ARM names its flags Features, and its core by number', () => {
    const text =
      'processor\t: 0\nFeatures\t: fp asimd evtstrm aes asimddp sve\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n';
    const cpuinfo = parseCpuinfo(text);
    const facts = {
      architecture: 'arm64' as const,
      cpuinfo,
      brand: '',
      physicalCores: 4,
      logicalCores: 4,
      memoryBytes: 1,
    };
    expect(cpuDeviceOf(facts, null)).toMatchObject({ name: 'Neoverse-N1', instructionSets: ['NEON', 'NEON-DOTPROD'] });
  });

  test('a CPU without any of them has an empty list', () => {
    expect(instructionSetsOf('x86-64', ['sse2', 'avx'])).toEqual([]);
  });
});

describe('nvidia-smi', () => {
  test('an H200 as its driver tells it', async () => {
    const [gpu, ...others] = parseGpus(await fixture('nvidia-smi/580.159.04/h200-gpus.csv'));
    expect(others).toEqual([]);
    expect(gpu).toEqual({
      kind: 'gpu',
      id: uuid,
      name: 'NVIDIA H200',
      architecture: 'sm_90',
      memoryBytes: 143_771 * 2 ** 20,
      powerLimitW: 700,
      powerMode: null,
      driverVersion: '580.159.04',
      index: 0,
      mig: false,
    });
    expect(deviceClassOf(gpu as NonNullable<typeof gpu>)).toBe('sm_90/nvidia-h200/140g/700w');
  });

  test('what is not told is null; a GPU of unknown capability is left out', () => {
    const gpus = parseGpus(
      '0, GPU-a, Tesla M4, 5.2, 4096, [N/A], 470.1, [N/A]\n1, GPU-b, Some, Thing, 8.6, 1, 150.00, 1, Enabled\n2, GPU-c, X, [N/A], 1, 1, 1, N/A\n',
    );
    expect(gpus.map(({ name, architecture, powerLimitW, mig }) => ({ name, architecture, powerLimitW, mig }))).toEqual([
      { name: 'Tesla M4', architecture: 'sm_52', powerLimitW: null, mig: false },
      { name: 'Some, Thing', architecture: 'sm_86', powerLimitW: 150, mig: true },
    ]);
  });

  test('telemetry is the last line of the GPU asked for', async () => {
    const csv = await fixture('nvidia-smi/580.159.04/h200-telemetry.csv');
    expect(parseTelemetry(csv, uuid)).toEqual({
      smClockMhz: 345,
      memoryClockMhz: 3_201,
      cpuClockMhz: null,
      temperatureC: 35,
      powerW: 79.01,
      utilization: 0,
      throttle: [],
      cpuSteal: null,
      otherLoad: null,
    });
    expect(parseTelemetry(csv, 'GPU-other')).toBeNull();
  });

  test('throttle reasons by their bits; idle is none', () => {
    expect(throttleReasons('0x0000000000000001')).toEqual([]);
    expect(throttleReasons('0x0000000000000044')).toEqual(['sw-power-cap', 'hw-thermal-slowdown']);
    expect(throttleReasons('[Not Supported]')).toEqual([]);
  });

  test('a field that the driver does not know is left out and the rest is asked for again', async () => {
    const complaint = (await fixture('nvidia-smi/580.159.04/unknown-field.txt')).replace(
      'no_such_field',
      'mig.mode.current',
    );
    const asked: string[] = [];
    const gpus = await probeGpus((_, [fields]) => {
      asked.push(String(fields));
      return Promise.resolve(asked.length === 1 ? complaint : '0, GPU-a, Tesla T4, 7.5, 15109, 70.00, 418.67\n');
    });
    expect(gpus).toMatchObject([{ name: 'Tesla T4', architecture: 'sm_75', mig: false }]);
    expect(asked[1]).not.toContain('mig');
  });

  test('without nvidia-smi there are no GPUs and no readings', async () => {
    expect(await probeGpus(() => Promise.resolve(null))).toEqual([]);
    const reading = await gpuTelemetry(uuid, () => Promise.resolve(null)).read();
    expect(reading).toMatchObject({ smClockMhz: null, powerW: null, throttle: [] });
  });

  test('an error text with no row is no GPU', () => {
    expect(parseGpus("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n")).toEqual([]);
  });
});

describe('Jetson', () => {
  const tree = { memoryBytes: 32 * 2 ** 30, powerMode: 'MAXN' };

  test('an AGX Xavier has its GPU and two DLA cores', () => {
    const compatible = deviceTreeStrings('nvidia,p2972-0000\0nvidia,tegra194\0');
    const devices = jetsonDevices({ ...tree, model: 'NVIDIA Jetson AGX Xavier', compatible });
    expect(devices.map((device) => [device.kind, device.architecture, deviceClassOf(device)])).toEqual([
      ['gpu', 'sm_72', 'sm_72/nvidia-jetson-agx-xavier/32g/maxn'],
      ['dla', 'sm_72', 'sm_72/nvidia-jetson-agx-xavier-dla/32g/maxn'],
      ['dla', 'sm_72', 'sm_72/nvidia-jetson-agx-xavier-dla/32g/maxn'],
    ]);
  });

  test('TX1, TX2 and the Orin Nano have no DLA; another machine is no Jetson', () => {
    const kinds = (...compatible: string[]) =>
      jetsonDevices({ ...tree, model: 'm', compatible }).map((one) => one.kind);
    expect(kinds('nvidia,p2371-2180', 'nvidia,tegra210')).toEqual(['gpu']);
    expect(kinds('nvidia,p2771-0000', 'nvidia,tegra186')).toEqual(['gpu']);
    expect(kinds('nvidia,p3768-0000+p3767-0005', 'nvidia,p3767-0005', 'nvidia,tegra234')).toEqual(['gpu']);
    expect(kinds('raspberrypi,4-model-b', 'brcm,bcm2711')).toEqual([]);
  });

  test('the power mode of nvpmodel', () => {
    expect(parsePowerMode('NV Power Mode: MODE_15W\n2\n')).toBe('15W');
    expect(parsePowerMode('NV Power Mode: MAXN\n0\n')).toBe('MAXN');
    expect(parsePowerMode(null)).toBeNull();
  });
});

describe('preflight', () => {
  const quiet: HostState = {
    otherLoad: 0.02,
    steal: 0,
    governor: 'performance',
    turbo: false,
    virtualMachine: null,
    swapUsedBytes: 0,
    onBattery: false,
    temperatureC: 40,
    criticalTemperatureC: 100,
  };

  test('a quiet machine gives no warning, and one that tells nothing gives none either', () => {
    expect(preflightWarnings(quiet)).toEqual([]);
    const silent = Object.fromEntries(Object.keys(quiet).map((key) => [key, null])) as unknown as HostState;
    expect(preflightWarnings(silent)).toEqual([]);
  });

  test.each([
    ['busy-host', { otherLoad: 0.5 }],
    ['cpu-steal', { steal: 0.05 }],
    ['cpu-governor', { governor: 'powersave' }],
    ['turbo', { turbo: true }],
    ['virtual-machine', { virtualMachine: 'kvm' }],
    ['swap', { swapUsedBytes: 2 ** 30 }],
    ['battery', { onBattery: true }],
    ['hot', { temperatureC: 95 }],
  ] satisfies [string, Partial<HostState>][])('%s', (id, change) => {
    const warnings = preflightWarnings({ ...quiet, ...change });
    expect(warnings.map((warning) => warning.id)).toEqual([id]);
  });

  test('load and steal between two readings of /proc/stat', () => {
    const before = parseTicks('cpu  100 0 50 800 50 0 0 0 7 7\ncpu0 1 2 3\n');
    const after = parseTicks('cpu  150 0 70 850 60 0 10 60 9 9\n');
    // 200 ticks: 60 idle (50 + 10 waiting), 60 stolen, 80 busy.
    expect(loadBetween(before, after)).toEqual({ otherLoad: 0.4, steal: 0.3 });
    expect(loadBetween(after, after)).toEqual({ otherLoad: null, steal: null });
  });
});

test('this very machine has a CPU with a class and facts', async () => {
  const [cpu] = await probeDevices(1, () => Promise.resolve(null));
  expect(cpu).toMatchObject({ kind: 'cpu', threads: 1 });
  const { facts } = await probeEnvironment(20);
  expect(facts).toMatchObject({ node: process.versions.node });
});
