import type { Verdict } from '@octet/domain';
import { Badge } from '@mantine/core';

/** Colours told apart by colour-blind readers (Okabe and Ito); a sign stands beside each, so colour is never alone. */
const marks: Record<Verdict, { sign: string; color: string; says: string }> = {
  'worth-it': { sign: '▲', color: 'cyan.9', says: 'INT8 is worth it' },
  'not-worth-it': { sign: '■', color: 'gray.7', says: 'INT8 gains too little' },
  slower: { sign: '▼', color: 'orange.9', says: 'INT8 is slower' },
  'accuracy-fails': { sign: '✕', color: 'grape.9', says: 'INT8 loses too much accuracy' },
  unstable: { sign: '≈', color: 'yellow.9', says: 'too unsteady to say' },
  undecided: { sign: '?', color: 'indigo.9', says: 'time ran out before the threshold was clear' },
  unsupported: { sign: '–', color: 'gray.6', says: 'this device or runtime can not run it' },
  'not-measured': { sign: '…', color: 'gray.6', says: 'not measured' },
};

export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const { sign, color, says } = marks[verdict];
  return (
    <Badge color={color} variant="filled" title={says} radius="sm" tt="none" autoContrast>
      <span aria-hidden="true">{sign} </span>
      {verdict}
    </Badge>
  );
}
