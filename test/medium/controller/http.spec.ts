import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openApiDocument, operations, routes, type Bundle } from '@octet/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, agentToken, Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const sha256Of = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

describe('the HTTP API', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
  });
  afterAll(() => bed.close());

  it('refuses a matrix that would fill the memory, with what to do', async () => {
    const sha256 = await api.upload('models', 'huge', tinyModel('huge'));
    const batches = Array.from({ length: 100_001 }, (_, index) => index + 1);
    for (const path of [routes.plan, routes.matrices]) {
      const { status, body } = await api.call('POST', path, { models: [{ sha256 }], batches });
      expect([status, body]).toMatchObject([422, { error: { code: 'matrix-too-large' } }]);
    }
  });

  describe('tokens', () => {
    const guarded = operations.filter((operation) => operation.roles.length > 0);
    const pathOf = (path: string) => path.replace(/\{\w+\}/g, 'a'.repeat(64));

    it.each(guarded.map((operation) => [operation.method, operation.path] as const))(
      '%s %s needs one',
      async (method, path) => {
        for (const token of [null, 'wrong-token-wrong-token', '']) {
          const { status, body } = await new Api(controller.url, token).call(method.toUpperCase(), pathOf(path));
          expect(status).toBe(401);
          expect(body).toMatchObject({ schemaVersion: 1, error: { code: 'unauthorized' } });
        }
      },
    );

    it.each(guarded.filter((operation) => !operation.roles.includes('agent')).map((o) => [o.method, o.path] as const))(
      '%s %s is not for agents',
      async (method, path) => {
        const { status } = await new Api(controller.url, agentToken).call(method.toUpperCase(), pathOf(path));
        expect(status).toBe(403);
      },
    );

    it('guards the docs and their files as well', async () => {
      const stranger = new Api(controller.url, null);
      expect((await stranger.call('GET', routes.docs)).status).toBe(401);
      expect((await stranger.call('GET', `${routes.docs}/assets/swagger-ui.css`)).status).toBe(401);
      expect((await api.call('GET', routes.docs)).status).toBe(200);
      expect((await api.call('GET', `${routes.docs}/assets/swagger-ui.css`)).status).toBe(200);
    });

    it('needs none for health', async () => {
      const stranger = new Api(controller.url, null);
      expect(await stranger.call('GET', routes.live)).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await stranger.call('GET', routes.ready)).toMatchObject({
        status: 200,
        body: { parts: { database: 'ok', redis: 'ok' } },
      });
    });

    it('exchanges the admin token for a cookie that a script cannot read', async () => {
      const stranger = new Api(controller.url, null);
      const opened = await stranger.call('POST', routes.session, { token: adminToken });
      const cookie = opened.headers.get('set-cookie') ?? '';
      expect(opened.status).toBe(200);
      expect(cookie).toMatch(/HttpOnly/i);
      expect(cookie).toMatch(/SameSite=Strict/i);
      expect(cookie).not.toContain(adminToken);
      const [pair = ''] = cookie.split(';');
      expect((await stranger.call('GET', routes.models, undefined, { cookie: pair })).status).toBe(200);
      const forged = pair.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
      expect((await stranger.call('GET', routes.models, undefined, { cookie: forged })).status).toBe(401);
    });

    it('does not open a session for an agent or a stranger', async () => {
      const stranger = new Api(controller.url, null);
      expect((await stranger.call('POST', routes.session, { token: agentToken })).status).toBe(403);
      expect((await stranger.call('POST', routes.session, { token: 'nonsense' })).status).toBe(401);
    });
  });

  describe('the OpenAPI document', () => {
    it('describes exactly the routes that are served', () => {
      const express = controller.app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
      const served = express.router.stack.flatMap(({ route }) =>
        route === undefined ? [] : Object.keys(route.methods).map((method) => `${method} ${documented(route.path)}`),
      );
      const described = operations.map((operation) => `${operation.method} ${operation.path}`);
      expect(served.map(withoutNames).sort()).toEqual(described.map(withoutNames).sort());
    });

    it('is served as it is made from the schemas', async () => {
      const { body } = await api.call('GET', `${routes.docs}/openapi.json`);
      expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    });
  });

  describe('blobs', () => {
    it('are stored once, read back whole, and answer HEAD', async () => {
      const content = bytes('x'.repeat(100_000));
      const path = routes.blob(sha256Of(content));
      expect((await api.call('HEAD', path)).status).toBe(404);
      expect((await api.call('PUT', path, content)).body).toMatchObject({ stored: true, sizeBytes: 100_000 });
      expect((await api.call('PUT', path, content)).body).toMatchObject({ stored: false, sizeBytes: 100_000 });
      const head = await api.call('HEAD', path);
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '100000']);
      expect((await new Api(controller.url, agentToken).call('GET', path)).body).toBe('x'.repeat(100_000));
    });

    it('of another hash are refused and leave nothing behind', async () => {
      const claimed = 'a'.repeat(64);
      const answer = await api.call('PUT', routes.blob(claimed), bytes('something else'));
      expect(answer).toMatchObject({ status: 422, body: { error: { code: 'hash-mismatch' } } });
      expect((await api.call('HEAD', routes.blob(claimed))).status).toBe(404);
      await expect(stat(join(bed.dataDir, 'blobs', 'aa', claimed))).rejects.toThrow('ENOENT');
    });

    it('cannot reach outside of their folder', async () => {
      const answer = await api.call('GET', '/api/blobs/..%2f..%2fadmin.token');
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'input-invalid' } } });
    });
  });

  describe('models', () => {
    it('are inspected once and found by hash and name', async () => {
      const content = tinyModel();
      const sha256 = await api.upload('models', 'tiny.onnx', content);
      const { model } = await api.ok<{ model: Bundle }>('GET', routes.model(sha256));
      expect(model.inspection).toMatchObject({ inputs: [{ name: 'x', shape: ['N', 4] }], parameters: 8 });
      await api.upload('models', 'the-same', content);
      expect((await api.ok<{ model: Bundle }>('GET', routes.model('the-same'))).model.sha256).toBe(sha256);
      expect((await api.ok<{ model: Bundle }>('GET', routes.model('tiny.onnx'))).model.sha256).toBe(sha256);
      const { models } = await api.ok<{ models: Bundle[] }>('GET', routes.models);
      expect(models.filter((entry) => entry.sha256 === sha256)).toHaveLength(1);
      expect(await readFile(join(bed.dataDir, 'blobs', sha256.slice(0, 2), sha256))).toEqual(Buffer.from(content));
    });

    it.each([
      ['not ONNX', bytes('<html>this is a login page</html>'), /model-/],
      ['zero bytes', new Uint8Array(0), /model-empty/],
      ['truncated', tinyModel('t').slice(0, 60), /model-/],
    ])('that are %s are refused with the reason', async (_, content, code) => {
      const sha256 = sha256Of(content);
      await api.ok('PUT', routes.blob(sha256), content);
      const files = [{ path: 'bad.onnx', sha256, sizeBytes: content.length }];
      const { status, body } = await api.call('POST', routes.models, { name: 'bad', sha256, files });
      const { error } = body as { error: { code: string; message: string } };
      expect(status).toBe(422);
      expect(error.code).toMatch(code);
      expect(error.message).not.toContain(bed.dataDir);
      expect((await api.call('GET', routes.model(sha256))).status).toBe(404);
    });

    it('whose files are missing, or whose hash is of other files, are refused', async () => {
      const missing = 'b'.repeat(64);
      const files = [{ path: 'm.onnx', sha256: missing, sizeBytes: 1 }];
      expect(await api.call('POST', routes.models, { name: 'm', sha256: missing, files })).toMatchObject({
        status: 422,
        body: { error: { code: 'blobs-missing' } },
      });
      expect(await api.call('POST', routes.models, { name: 'm', sha256: 'c'.repeat(64), files })).toMatchObject({
        status: 422,
        body: { error: { code: 'bundle-hash' } },
      });
    });
  });

  describe('calibration tables', () => {
    it('are kept by key, and the first one counts', async () => {
      const path = routes.calibrationTable('model/data:max:1');
      const agent = new Api(controller.url, agentToken);
      expect((await agent.call('GET', path)).status).toBe(404);
      const first = await agent.call('PUT', path, { x: 1 });
      const second = await agent.call('PUT', path, { x: 2 });
      expect([first.body, second.body]).toMatchObject([{ stored: true }, { stored: false }]);
      expect((second.body as { sha256: string }).sha256).toBe((first.body as { sha256: string }).sha256);
      expect((await agent.call('GET', path)).body).toEqual({ x: 1 });
    });
  });

  describe('what cannot be used', () => {
    it.each([
      ['an unknown key', { models: [{ name: 'm' }], batchs: [1] }, 400, 'input-invalid', 'batchs'],
      ['a wrong type', { models: [{ name: 'm' }], batches: ['four'] }, 400, 'input-invalid', 'batches.0'],
      ['an unknown model', { models: [{ name: 'nobody' }] }, 404, 'model-unknown', 'nobody'],
      ['a file of the sender', { models: [{ path: 'here.onnx' }] }, 422, 'model-not-uploaded', 'here.onnx'],
    ])('%s in a matrix is named', async (_, matrix, status, code, part) => {
      const answer = await api.call('POST', routes.plan, matrix);
      expect(answer).toMatchObject({ status, body: { schemaVersion: 1, error: { code } } });
      expect((answer.body as { error: { message: string } }).error.message).toContain(part);
    });

    it('broken JSON is said to be that', async () => {
      const response = await fetch(controller.url + routes.plan, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
        body: '{"models":',
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'json-invalid' } });
    });

    it('an unknown trial or matrix is not found', async () => {
      expect((await api.call('GET', routes.trial('no-such'))).status).toBe(404);
      expect((await api.call('GET', routes.matrix('no-such'))).status).toBe(404);
      expect((await api.call('GET', '/api/nothing')).body).toMatchObject({ error: { code: 'not-found' } });
    });
  });
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

function documented(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

/** The name of a path's parameter is of no matter. */
function withoutNames(operation: string): string {
  return operation.replace(/\{\w+\}/g, '{}');
}
