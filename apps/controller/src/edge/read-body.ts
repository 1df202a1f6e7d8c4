import type { IncomingMessage } from 'node:http';
import { OctetError } from '@octet/domain';

/** Whole body as sent, whether or not a JSON parser has been at it. @throws OctetError `too-large`. */
export async function readBody(request: IncomingMessage & { body?: unknown }, maxBytes: number): Promise<Buffer> {
  if (request.readableEnded && request.body !== undefined) return Buffer.from(JSON.stringify(request.body));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new OctetError('too-large', `The body is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
