import type { ErrorDocument } from '@octet/protocol';

/** What the controller answered instead of data: its stable code and its message. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** GETs a JSON document from the controller. Rejects with ApiError. */
export async function fetchDocument<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, signal);
  const body = (await response.json().catch(() => null)) as T | ErrorDocument | null;
  if (response.ok && body !== null) return body as T;
  const error = (body as ErrorDocument | null)?.error;
  throw new ApiError(
    error?.code ?? `http-${response.status}`,
    error?.message ?? `The controller answered HTTP ${response.status}.`,
  );
}

async function request(path: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, { headers: { accept: 'application/json' }, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('controller-unreachable', 'The controller does not answer. Is `octet up` still running?');
  }
}
