# Bursar as a container image: `docker build -t bursar .`, then docs/operations.md.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm install --no-save --omit=dev --no-audit --no-fund --loglevel=error
COPY . .
RUN NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 BURSAR_STANDALONE=1 node node_modules/next/dist/bin/next build \
  && node scripts/standalone.mjs

FROM node:24-bookworm-slim
WORKDIR /app
# The portal writes only to its volume.
COPY --from=build --chown=0:0 /src/.next/standalone ./
# Group 0 may write too, because some platforms run a container with any user id and that group.
RUN mkdir -m 0770 /data && chown 1000:0 /data && chmod -R a+rX,go-w /app
# As `npm start` sets them: glibc otherwise returns little of the memory that is free.
ENV NODE_ENV=production \
  NEXT_TELEMETRY_DISABLED=1 \
  MALLOC_ARENA_MAX=2 \
  MALLOC_MMAP_THRESHOLD_=32768 \
  PORT=3000 \
  DATA_DIR=/data
# By number, so that Kubernetes can see that it is not root.
USER 1000:0
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health/ready`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# The flags of package.json's "start".
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=40", "lib/server/main.ts"]
