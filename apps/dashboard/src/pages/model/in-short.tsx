import { Card, List, Text } from '@mantine/core';
import { targetKey, targetText } from '../../data/targets.js';
import { formatNs } from '../../format.js';
import { batchesOf, fastestOf, type TargetAnswer } from './model-answer.js';
import { answerInWords } from './model-words.js';

/** Is it worth it, why not, what to try, and where it runs best: what a reader came for. */
export function InShort({ answers }: { answers: readonly TargetAnswer[] }) {
  return (
    <Card withBorder component="section" aria-label="In short">
      <List spacing={8} listStyleType="none">
        {answers.map((answer) => {
          const { says, advice } = answerInWords(answer);
          return (
            <List.Item key={targetKey(answer.target)}>
              <b>{targetText(answer.target)}:</b> {says}
              {answer.crossover !== null &&
                ` INT8 starts to win between batch ${answer.crossover.above} and ${answer.crossover.atMost}.`}
              {advice !== null && (
                <Text size="sm" className="quiet">
                  {advice}
                </Text>
              )}
            </List.Item>
          );
        })}
        {batchesOf(answers).map((batch) => {
          const [best, next] = fastestOf(answers, batch);
          if (best === undefined) return null;
          return (
            <List.Item key={batch}>
              <b>Best for batch {batch}:</b> {targetText(best.target)}, as {best.variant.toUpperCase()}:{' '}
              {formatNs(best.ns)}
              {best.certain ? '' : ' by its median, which may still change'}
              {next === undefined
                ? ' (the only device measured)'
                : `; ${(next.ns / best.ns).toFixed(2)}× as fast as ${next.target.deviceName}`}
              .
            </List.Item>
          );
        })}
      </List>
    </Card>
  );
}
