import { cpuDevice, slot } from '@octet/testing';
import { deviceReadingSchema, type Slot } from '@octet/protocol';
import { expect, test } from 'vitest';
import { deviceReadings } from './device-readings.js';

const gpus = ['GPU-a', 'GPU-b'].map((id, index): Slot => ({
  slotId: id,
  deviceClass: 'sm_90/x',
  runtimes: [],
  device: {
    kind: 'gpu',
    id,
    name: 'x',
    architecture: 'sm_90',
    memoryBytes: 1,
    powerLimitW: null,
    powerMode: null,
    driverVersion: null,
    index,
    mig: false,
  },
}));

test('one question to the driver answers for every GPU of the host', async () => {
  let asked = 0;
  const read = deviceReadings(gpus, false, () => {
    asked += 1;
    return Promise.resolve('GPU-a, 1980, 2619, 41, 310.5, 97, 0x4\nGPU-b, 345, 2619, 30, 70.1, 0, 0x1\n');
  });
  expect(await read()).toMatchObject([
    { slotId: 'GPU-a', reading: { clockMhz: 1980, temperatureC: 41, powerW: 310.5, utilization: 0.97 } },
    { slotId: 'GPU-b', reading: { clockMhz: 345, temperatureC: 30, utilization: 0 } },
  ]);
  expect(asked).toBe(1);
});

test('a CPU reads as what the wire carries, and a made-up device not at all', async () => {
  const slots = [slot({ slotId: 'cpu', device: cpuDevice() })];
  const [reading] = await deviceReadings(slots, false)();
  expect(deviceReadingSchema.parse(reading?.reading)).toEqual(reading?.reading);
  expect(await deviceReadings(slots, true)()).toEqual([]);
});
