# Controller and agent (CPU). Build from the project's root: docker build -f docker/octet.Dockerfile --target controller .
ARG NODE_VERSION=22
FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /octet
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional --no-audit --no-fund

FROM node:${NODE_VERSION}-bookworm-slim AS base
ENV NODE_ENV=production NO_COLOR=1
WORKDIR /octet
COPY --from=build /octet/package.json ./
COPY --from=build /octet/node_modules ./node_modules
COPY --from=build /octet/bin ./bin
COPY docker/health.mjs docker/
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node

FROM base AS controller
COPY --from=build /octet/dist/apps/controller dist/apps/controller
COPY --from=build /octet/dist/apps/dashboard dist/apps/dashboard
ENV OCTET_DATA_DIR=/data OCTET_HOST=0.0.0.0 OCTET_PORT=4320
EXPOSE 4320
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "docker/health.mjs", "controller"]
CMD ["node", "--enable-source-maps", "dist/apps/controller/apps/controller/src/main.js"]

FROM base AS agent
COPY --from=build /octet/dist/apps/agent dist/apps/agent
ENV OCTET_AGENT_DATA_DIR=/data
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "docker/health.mjs", "agent"]
CMD ["node", "--enable-source-maps", "dist/apps/agent/apps/agent/src/main.js"]
