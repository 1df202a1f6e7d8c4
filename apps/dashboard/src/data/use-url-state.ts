import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

export interface UrlState {
  get(name: string): string | null;
  getAll(name: string): string[];
  /** null or '' takes the name out of the address; a list writes it several times. */
  set(changes: Record<string, string | readonly string[] | null>): void;
}

/** What a reader chose, kept in the address: every view can be sent as a link. Changes replace the history entry. */
export function useUrlState(): UrlState {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | readonly string[] | null>) =>
      setParameters(
        (current) => {
          const next = new URLSearchParams(current);
          for (const [name, value] of Object.entries(changes)) {
            next.delete(name);
            for (const each of typeof value === 'string' ? [value] : (value ?? []))
              if (each !== '') next.append(name, each);
          }
          return next;
        },
        { replace: true },
      ),
    [setParameters],
  );
  return { get: (name) => parameters.get(name), getAll: (name) => parameters.getAll(name), set };
}
