import type { ValueTransformer } from 'typeorm';

/** bigint columns that hold byte counts: below 2^53, so a number in TypeScript (pg gives text). */
export const bytes: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string | number) => Number(value),
};
