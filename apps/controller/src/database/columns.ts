import type { ValueTransformer } from 'typeorm';

/** bigint columns that hold byte counts: below 2^53, so a number in TypeScript (pg gives text). */
export const bytes: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string | number) => Number(value),
};

/** Whether Postgres would take it for a uuid column: everything else is an id that is not there, not an error of SQL. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
