import type { Bundle } from '@octet/protocol';
import { Stack, Title } from '@mantine/core';
import { formatBytes, formatMoment } from '../../format.js';
import { Facts } from '../../parts/facts.js';

/** What is shown of an inspection, and its name for people. */
const inspected = {
  producer: 'made by',
  irVersion: 'ONNX version',
  parameters: 'weights',
  weightBytes: 'size of weights',
  macs: 'multiply-accumulates',
};

function read(name: string, value: string | number): string {
  if (typeof value === 'string') return value;
  return name === inspected.weightBytes ? formatBytes(value) : value.toLocaleString();
}

/** The model's file: what it is addressed by, and what it says of itself. */
export function FileSection({ model }: { model: Bundle }) {
  const known = Object.entries(inspected).flatMap(([key, name]) => {
    const value = model.inspection?.[key];
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [];
  });
  return (
    <Stack gap="xs" component="section" aria-label="The file">
      <Title order={2} size="h4">
        The file
      </Title>
      <Facts
        facts={[
          ['sha256', model.sha256],
          ['size', formatBytes(model.sizeBytes)],
          ['added', formatMoment(model.createdAt)],
          ...known.map(([name, value]): [string, string] => [name, read(name, value)]),
        ]}
      />
    </Stack>
  );
}
