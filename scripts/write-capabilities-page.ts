import { mkdirSync, writeFileSync } from 'node:fs';
import { capabilitiesPage } from '../libs/domain/src/index.js';

/** Writes docs/capabilities.md from the capability tables: `npx tsx scripts/write-capabilities-page.ts`. */
mkdirSync(new URL('../docs', import.meta.url), { recursive: true });
writeFileSync(new URL('../docs/capabilities.md', import.meta.url), capabilitiesPage());
