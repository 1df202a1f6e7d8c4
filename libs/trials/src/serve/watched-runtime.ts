import type { OpenRequest, Runtime } from '@octet/engines';

/** A runtime that tells of every engine that it opens. */
export function watchedRuntime(runtime: Runtime, onOpen: (request: OpenRequest) => void): Runtime {
  return {
    name: runtime.name,
    probe: () => runtime.probe(),
    build: (request) => runtime.build(request),
    open: (request) => {
      onOpen(request);
      return runtime.open(request);
    },
  };
}
