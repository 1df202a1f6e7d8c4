import type { AgentDocument, DeviceReading } from '@octet/protocol';
import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { RunningTrial } from '../../data/running-trials.js';
import { progressText } from '../../data/trial-progress.js';
import { classDetail, formatCount } from '../../format.js';
import { Sparkline } from './sparkline.js';

interface Props {
  slot: AgentDocument['slots'][number];
  /** null: the agent is not connected. */
  history: readonly DeviceReading[] | null;
  trial: RunningTrial | null;
}

/** One device of an agent: what it is, what it does, how it is. */
export function DeviceRow({ slot, history, trial }: Props) {
  const { device, deviceClass, runtimes } = slot;
  return (
    <div className="device">
      <Text size="sm" fw={600}>
        {device.name}, {classDetail(deviceClass)}
      </Text>
      <Text size="xs" className="quiet" style={{ overflowWrap: 'anywhere' }}>
        {runtimes.map((runtime) => `${runtime.name} ${runtime.version}`).join(', ')} · {deviceClass}
      </Text>
      <Doing slot={slot} trial={trial} />
      {history !== null && <Readings history={history} device={device.name} />}
    </div>
  );
}

function Doing({ slot, trial }: { slot: Props['slot']; trial: RunningTrial | null }) {
  if (slot.running === null)
    return (
      <Text size="sm" className="doing">
        Idle
      </Text>
    );
  const progress = trial?.progress ?? null;
  return (
    <Text size="sm" className="doing clip-2">
      <Anchor component={Link} href={`/trials/${slot.running.trialId}`} underline="always" size="sm">
        {trial === null ? 'Measuring' : `${trial.model}, batch ${trial.batch}`}
      </Anchor>
      {progress !== null && ` · ${progressText(progress)}`}
    </Text>
  );
}

/** Its place is kept before the first reading comes. */
function Readings({ history, device }: { history: readonly DeviceReading[]; device: string }) {
  const last = history.at(-1);
  return (
    <Group gap="md" align="center" mt={4}>
      <Sparkline
        values={history.map((reading) => reading.utilization)}
        label={`Use of ${device} over the last ${formatCount(history.length, 'reading')}, 0 to 100 %`}
      />
      <Text size="sm" className="tabular">
        {last === undefined ? 'no reading yet' : readingText(last)}
      </Text>
    </Group>
  );
}

/** `98 % used · 1980 MHz · 61 °C · 402 W`: what the device tells, nothing for what it does not. */
export function readingText({ utilization, clockMhz, temperatureC, powerW, throttle }: DeviceReading): string {
  const parts = [
    utilization === null ? null : `${Math.round(utilization * 100)} % used`,
    clockMhz === null ? null : `${Math.round(clockMhz)} MHz`,
    temperatureC === null ? null : `${Math.round(temperatureC)} °C`,
    powerW === null ? null : `${Math.round(powerW)} W`,
    throttle.length === 0 ? null : `held back: ${throttle.join(', ')}`,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
