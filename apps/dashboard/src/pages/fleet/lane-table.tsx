import type { DeviceClassDocument, LaneDocument } from '@octet/protocol';
import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import { classDetail, formatSeconds } from '../../format.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';

interface Props {
  lanes: readonly LaneDocument[];
  classes: readonly DeviceClassDocument[];
}

type Row = LaneDocument & { noiseFloor: number | null };

export function LaneTable({ lanes, classes }: Props) {
  if (lanes.length === 0) return <Text>No device class has ever connected, and nothing is queued.</Text>;
  const floors = new Map(classes.map((each) => [each.deviceClass, each.noiseFloor]));
  const rows = lanes.map((lane): Row => ({ ...lane, noiseFloor: floors.get(lane.deviceClass) ?? null }));
  return <SortableTable caption="Queue of each lane" columns={columns} rows={rows} />;
}

const columns: Column<Row>[] = [
  {
    name: 'Device class',
    value: ({ deviceClass }) => deviceClass,
    show: ({ deviceName, deviceClass }) =>
      [deviceName, classDetail(deviceClass)].filter((part) => part !== '').join(', '),
  },
  { name: 'Runtime', value: ({ runtime }) => runtime },
  { name: 'Queued', value: ({ queued }) => queued, numeric: true },
  { name: 'Measuring', value: ({ assigned }) => assigned, numeric: true },
  {
    name: 'Devices',
    value: ({ workingSlots }) => workingSlots,
    show: ({ workingSlots, connectedSlots }) =>
      workingSlots === connectedSlots ? connectedSlots : `${workingSlots} of ${connectedSlots} on duty`,
    numeric: true,
  },
  {
    name: 'Waits because',
    value: whyText,
    show: (lane) => <div className="lane-words">{whyText(lane)}</div>,
  },
  {
    name: 'Empty in',
    value: ({ expectedSeconds }) => expectedSeconds,
    show: ({ expectedSeconds, queued, assigned }) =>
      queued + assigned === 0 ? '–' : expectedSeconds === null ? 'unknown' : `about ${formatSeconds(expectedSeconds)}`,
    numeric: true,
  },
  {
    name: 'Next',
    value: ({ next }) => next.map(({ model, batch }) => `${model} batch ${batch}`).join(', '),
    show: ({ next, queued }) => <Next next={next} queued={queued} />,
  },
  {
    name: 'Noise floor',
    value: ({ noiseFloor }) => noiseFloor,
    show: ({ noiseFloor }) => (noiseFloor === null ? '–' : `${(noiseFloor * 100).toFixed(1)} %`),
    numeric: true,
  },
];

function whyText({ why, waitsFor }: LaneDocument): string {
  return waitsFor === 'nothing' ? '–' : why;
}

/** The first alone, with what it belongs to: a queue of any length takes the same place. */
function Next({ next: [first], queued }: Pick<LaneDocument, 'next' | 'queued'>) {
  if (first === undefined) return <div className="lane-words">–</div>;
  return (
    <div className="lane-words">
      <Anchor component={Link} href={`/trials/${first.trialId}`} underline="always" size="sm">
        {first.model}, batch {first.batch}
      </Anchor>{' '}
      <Text span size="xs" className="quiet">
        of {first.matrix.name}
        {queued > 1 ? `, then ${queued - 1} more` : ''}
      </Text>
    </div>
  );
}
