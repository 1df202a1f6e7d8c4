# An Octet agent on a machine with an NVIDIA GPU. TensorRT comes from the base image, so that one Dockerfile serves every
# architecture: 8.x for Maxwell to Volta, a current one for Turing and newer (docs/tensorrt.md, "Which agent for which card").
ARG TENSORRT_IMAGE=nvcr.io/nvidia/tensorrt:25.01-py3
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /octet
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM ${NODE_IMAGE} AS node

FROM ${TENSORRT_IMAGE}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /octet
COPY --from=build /octet/package.json ./package.json
COPY --from=build /octet/bin ./bin
COPY --from=build /octet/dist ./dist
COPY --from=build /octet/node_modules ./node_modules

# No root, no capability, no open port: the agent dials out, and writes to its own folder only.
RUN useradd --system --create-home --home-dir /var/lib/octet octet
USER octet
ENV OCTET_HOME=/var/lib/octet \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
VOLUME /var/lib/octet
ENTRYPOINT ["node", "bin/octet.js", "agent"]
