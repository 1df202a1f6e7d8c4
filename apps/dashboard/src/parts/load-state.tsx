import { Alert, Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Loaded } from '../data/use-document.js';

const advice: Record<string, string> = {
  unauthorized: 'Open the address that `octet up` printed: it ends in #token=... and signs this browser in.',
  'controller-unreachable': 'What is shown below may be old. The page tries again by itself.',
  'trial-unknown':
    'It may belong to another controller, or its matrix was deleted. All verdicts are on the first page.',
};

interface Props<T> {
  loaded: Loaded<T>;
  /** Room kept while loading, so that nothing jumps when the data come. */
  height?: number | string;
  children: (document: T) => ReactNode;
}

/** Loading, error and data of one document; what was loaded once stays under an error. */
export function LoadState<T>({ loaded, height = '60vh', children }: Props<T>) {
  const { document, error } = loaded;
  return (
    <Stack style={document === null && error === null ? { minHeight: height } : undefined}>
      {error !== null && (
        <Alert color="red" title={error.message} role="alert">
          {advice[error.code] ?? null}
        </Alert>
      )}
      {document !== null && children(document)}
      {document === null && error === null && <Loading height={height} />}
    </Stack>
  );
}

export function Loading({ height }: { height: number | string }) {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton height={height} />
    </div>
  );
}
