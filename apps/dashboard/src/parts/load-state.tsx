import { Alert, Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Loaded } from '../data/use-document.js';

const advice: Record<string, string> = {
  unauthorized: 'Open the address that `octet up` printed: it ends in #token=... and signs this browser in.',
};

/** Loading, error and data of one document; what was loaded once stays under an error. */
export function LoadState<T>({ loaded, children }: { loaded: Loaded<T>; children: (document: T) => ReactNode }) {
  const { document, error } = loaded;
  return (
    <Stack>
      {error !== null && (
        <Alert color="red" title={error.message}>
          {advice[error.code] ?? null}
        </Alert>
      )}
      {document !== null && children(document)}
      {document === null && error === null && <Skeleton height={240} aria-label="Loading" />}
    </Stack>
  );
}
