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
# Nothing here is written at run time; the one volume is the portal's to write.
COPY --from=build --chown=root:root /src/.next/standalone ./
RUN mkdir -m 0700 /data && chown node:node /data && chmod -R a+rX,go-w /app
ENV NODE_ENV=production \
  NEXT_TELEMETRY_DISABLED=1 \
  NEXT_MANUAL_SIG_HANDLE=true \
  HOSTNAME=0.0.0.0 \
  PORT=3000 \
  DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health/ready`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# As scripts/prepare.mjs has it for `npm start`.
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=20", "server.js"]
