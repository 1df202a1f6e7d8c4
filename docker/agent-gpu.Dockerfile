# Agent for NVIDIA GPUs: TensorRT's own image (trtexec on the PATH) with Node and the agent put in. Engines are built with
# exactly this TensorRT, and results carry its version: choose the tag that you serve with.
ARG TENSORRT_TAG=24.10-py3
ARG NODE_VERSION=22
FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /octet
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npx nest build agent && npm prune --omit=dev --omit=optional --no-audit --no-fund

FROM nvcr.io/nvidia/tensorrt:${TENSORRT_TAG}
ENV NODE_ENV=production NO_COLOR=1 OCTET_AGENT_DATA_DIR=/data
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /octet
COPY --from=build /octet/package.json ./
COPY --from=build /octet/node_modules ./node_modules
COPY --from=build /octet/dist/apps/agent dist/apps/agent
COPY docker/health.mjs docker/
RUN useradd --system --home-dir /data octet && mkdir /data && chown octet /data
VOLUME /data
USER octet
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "docker/health.mjs", "agent"]
ENTRYPOINT []
CMD ["node", "--enable-source-maps", "dist/apps/agent/apps/agent/src/main.js"]
