import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Health of the container's program: exit code 0 or 1. */
async function healthy(program) {
  if (program === 'agent') return existsSync(join(process.env.OCTET_AGENT_DATA_DIR ?? '/data', 'connected'));
  const response = await fetch(`http://127.0.0.1:${process.env.OCTET_PORT ?? 4320}/health/ready`);
  return response.ok;
}

process.exitCode = (await healthy(process.argv[2]).catch(() => false)) ? 0 : 1;
