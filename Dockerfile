# The worker and the `lockkeeper` command. Holds no secret: keys, passwords and packages are mounted at /srv/lockkeeper.
# Debian, not Alpine: Temporal's core is a native library for glibc.
ARG NODE_IMAGE=node:22.21.1-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /opt/lockkeeper
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY workflows workflows
COPY activities activities
COPY worker worker
RUN npm run --silent build && npm prune --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    LOCKKEEPER_FOLDER=/srv/lockkeeper \
    LOCKKEEPER_HEALTH_PORT=8088 \
    LOCKKEEPER_HEALTH_ADDRESS=0.0.0.0
WORKDIR /opt/lockkeeper
COPY --from=build /opt/lockkeeper/package.json ./
COPY --from=build /opt/lockkeeper/node_modules node_modules
COPY --from=build /opt/lockkeeper/dist dist
COPY schema schema
COPY tools tools
RUN ln -s /opt/lockkeeper/dist/src/cli/main.js /usr/local/bin/lockkeeper
# The image's own user `node`, by number, so that an engine can see that it is not root.
USER 1000:1000
WORKDIR /srv/lockkeeper
# 200 only while the worker takes work. Its first minute is Temporal's: the worker ends and is started again until it answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LOCKKEEPER_HEALTH_PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["lockkeeper", "worker"]
