import { writeFileSync } from 'node:fs';
import { matrixSchemaText } from '../libs/protocol/src/index.js';

/** Writes matrix.schema.json, the editors' schema of a matrix file: `npx tsx scripts/write-matrix-schema.ts`. */
writeFileSync(new URL('../matrix.schema.json', import.meta.url), matrixSchemaText());
