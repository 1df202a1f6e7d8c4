import type { OpenRequest, Runtime } from '@octet/engines';

/** A runtime that tells of every engine that it opens. */
export function watchedRuntime(runtime: Runtime, onOpen: (request: OpenRequest) => void): Runtime {
  return {
    ...runtime,
    open: (request) => {
      onOpen(request);
      return runtime.open(request);
    },
  };
}
