import { expect, test } from 'vitest';
import { agentEnvironment } from './agent-options.js';

test('each option of octet agent is a variable of the agent', () => {
  expect(agentEnvironment({})).toEqual({});
  expect(
    agentEnvironment({
      controller: 'https://octet.example',
      tokenFile: '/run/agent.token',
      name: 'rack-3',
      runtimes: 'tensorrt,onnxruntime-cuda',
      modes: 'none',
      builds: '1',
      int8Borders: true,
      buildLimit: '60',
      tacticSources: '-CUDNN',
      builderLevel: '5',
      plugin: ['/opt/a.so', '/opt/b.so'],
      timingCache: 'off',
      lockClocks: true,
    }),
  ).toEqual({
    OCTET_CONTROLLER_URL: 'https://octet.example',
    OCTET_AGENT_TOKEN_FILE: '/run/agent.token',
    OCTET_AGENT_NAME: 'rack-3',
    OCTET_RUNTIMES: 'tensorrt,onnxruntime-cuda',
    OCTET_GPU_MODES: 'none',
    OCTET_BUILDS: '1',
    OCTET_INT8_BORDERS: 'on',
    OCTET_BUILD_LIMIT_S: '60',
    OCTET_TACTIC_SOURCES: '-CUDNN',
    OCTET_BUILDER_LEVEL: '5',
    OCTET_PLUGINS: '/opt/a.so,/opt/b.so',
    OCTET_TIMING_CACHE_DIR: 'off',
    OCTET_LOCK_CLOCKS: 'default',
  });
  expect(agentEnvironment({ lockClocks: '1410' })).toEqual({ OCTET_LOCK_CLOCKS: '1410' });
  expect(() => agentEnvironment({ plugin: ['/opt/a,b.so'] })).toThrow('--plugin /opt/a,b.so');
});
