import type { StoredRow } from '@octet/protocol';
import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { targetKey, targetText } from '../../data/targets.js';
import { formatNs, formatSpeedup } from '../../format.js';
import { VerdictMark } from '../../parts/verdict-mark.js';
import { batchesOf, type TargetAnswer } from './model-answer.js';

/** The answer on each device and batch, each a link to its trial. */
export function AnswerTable({ answers }: { answers: readonly TargetAnswer[] }) {
  const batches = batchesOf(answers);
  return (
    <Table.ScrollContainer minWidth={480} tabIndex={0} role="region" aria-label="Answer on each device and batch">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Device</Table.Th>
            {batches.map((batch) => (
              <Table.Th scope="col" key={batch}>
                Batch {batch}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {answers.map(({ target, recipe, rows }) => (
            <Table.Tr key={targetKey(target)}>
              <Table.Th scope="row">
                {targetText(target)}
                <Text size="xs" className="quiet" fw={400}>
                  {recipe}
                </Text>
              </Table.Th>
              {batches.map((batch) => (
                <Table.Td key={batch}>
                  <Answer row={rows.find((row) => row.batch === batch)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Answer({ row }: { row: StoredRow | undefined }) {
  if (row === undefined) return <span className="quiet">not asked for</span>;
  const content = (
    <>
      <VerdictMark verdict={row.verdict} />
      <Text size="sm" className="tabular">
        {row.speedup === null ? '' : formatSpeedup(row.speedup)}
      </Text>
      {row.speedup === null && (
        <Text size="sm" className="clip-2" title={row.reasons[0]?.advice} style={{ maxWidth: 280 }}>
          {row.reasons[0]?.advice}
        </Text>
      )}
      {row.times !== null && (
        <Text size="xs" className="quiet">
          {row.floatVariant} {formatNs(row.times.tFloatNs)}, INT8 {formatNs(row.times.int8EndToEndNs)}
        </Text>
      )}
    </>
  );
  if (row.trialId === null) return content;
  return (
    <Anchor component={Link} href={`/trials/${row.trialId}`} c="inherit" underline="hover">
      {content}
    </Anchor>
  );
}
