import type { Reason } from '@octet/domain';
import { Card, Group, Stack, Text, Title } from '@mantine/core';

const signs: Record<Reason['severity'], string> = { critical: '✕', warning: '!', info: 'i' };
const words: Record<Reason['severity'], string> = { critical: 'decides it', warning: 'costs', info: 'good to know' };
const order: Reason['severity'][] = ['critical', 'warning', 'info'];

/** Why, with the measured evidence, and what to try next: the gravest first. */
export function ReasonsSection({ reasons }: { reasons: readonly Reason[] }) {
  if (reasons.length === 0) return null;
  const sorted = [...reasons].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Why, and what to try
      </Title>
      {sorted.map((reason, index) => (
        <Card key={index} withBorder padding="sm">
          <Group gap="xs" mb={4}>
            <b aria-hidden="true">{signs[reason.severity]}</b>
            <Text fw={600}>{reason.id}</Text>
            <Text size="sm" className="quiet">
              {words[reason.severity]}
            </Text>
          </Group>
          <Text>{reason.advice}</Text>
          {Object.keys(reason.evidence).length > 0 && (
            <details>
              <summary>Evidence</summary>
              <Evidence evidence={reason.evidence} />
            </details>
          )}
        </Card>
      ))}
    </Stack>
  );
}

function Evidence({ evidence }: { evidence: Record<string, unknown> }) {
  return (
    <dl className="facts">
      {Object.entries(evidence).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <EvidenceValue value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function EvidenceValue({ value }: { value: unknown }) {
  if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'object'))
    return (
      <ul>
        {value.map((each, index) => (
          <li key={index}>{inline(each)}</li>
        ))}
      </ul>
    );
  return inline(value);
}

function inline(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value)) return value.map(inline).join(', ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, each]) => `${name} ${inline(each)}`)
      .join(', ');
  return typeof value === 'number' ? String(Math.round(value * 1e4) / 1e4) : String(value as string | boolean);
}
