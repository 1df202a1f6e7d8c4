import type { StoredRow } from '@octet/protocol';
import { Anchor, Card, List, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { targetText } from '../../data/targets.js';
import { formatMoment, formatSpeedup, recipeText } from '../../format.js';
import { historyOf, type HistoryPoint, type TargetAnswer } from './model-answer.js';

/** The same cell measured again and again: over versions of the runtime and over time. */
export function HistorySection({ rows, answers }: { rows: readonly StoredRow[]; answers: readonly TargetAnswer[] }) {
  const histories = answers.flatMap(({ target, rows: newest }) =>
    newest.flatMap((row) => {
      const points = historyOf(rows, row);
      return points.length < 2
        ? []
        : [{ name: `${targetText(target)}, batch ${row.batch}, ${recipeText(row.recipe)}`, points }];
    }),
  );
  if (histories.length === 0) return null;
  return (
    <Card withBorder component="section" aria-label="History">
      <Title order={2} size="h4" mb="sm">
        Measured more than once
      </Title>
      <Stack>
        {histories.map(({ name, points }) => (
          <History key={name} name={name} points={points} />
        ))}
      </Stack>
    </Card>
  );
}

function History({ name, points }: { name: string; points: readonly HistoryPoint[] }) {
  return (
    <div>
      <Text fw={600}>{name}</Text>
      <List size="sm">
        {points.map((point) => (
          <List.Item key={point.at}>
            {formatMoment(point.at)}, {point.version}: {formatSpeedup(point)}
            {point.regression ? <b> ▼ regression: wholly below the one before</b> : ''}
            {point.trialId === null ? null : (
              <>
                {' '}
                <Anchor component={Link} href={`/trials/${point.trialId}`} underline="always">
                  trial
                </Anchor>
              </>
            )}
          </List.Item>
        ))}
      </List>
    </div>
  );
}
