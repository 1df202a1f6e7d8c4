import type { z } from 'zod';
import type { Role } from '../session.js';

/** One route of the controller. `{name}` in a path is a parameter. */
export interface Operation {
  method: 'get' | 'put' | 'post' | 'delete';
  path: string;
  tag: string;
  summary: string;
  /** [] needs no token. */
  roles: readonly Role[];
  query?: z.ZodObject;
  /** `binary`: the file's bytes. */
  body?: z.ZodType | 'binary';
  status: number;
  answer: z.ZodType | 'binary' | null;
}

export const admin: readonly Role[] = ['admin'];
export const both: readonly Role[] = ['admin', 'agent'];
export const anyone: readonly Role[] = [];
