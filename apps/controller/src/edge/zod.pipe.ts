import type { PipeTransform } from '@nestjs/common';
import { OctetError } from '@octet/domain';
import type { z } from 'zod';

/** Parses a body or query once, at the edge. Throws OctetError `input-invalid` that names each key at fault. */
export class ZodPipe<T extends z.ZodType> implements PipeTransform<unknown, z.output<T>> {
  constructor(private readonly schema: T) {}

  transform(value: unknown): z.output<T> {
    return parseInput(this.schema, value ?? {});
  }
}

export function parseInput<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 20).map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new OctetError('input-invalid', `The request can't be used: ${faults.join('; ')}.`, { details: { faults } });
}
