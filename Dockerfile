# One image for all seven services: `docker run seabus:local firmware` is `node cli/service.ts firmware`.
# For a fixed one: docker compose build --build-arg NODE_IMAGE=node:26-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:26-bookworm-slim
FROM ${NODE_IMAGE}

ENV NODE_ENV=production
WORKDIR /app

# The Node binaries of pinned-node/ are for hosts with an older Node; this image brings its own.
COPY package.json package-lock.json ./
COPY web/package.json web/
COPY pinned-node/package.json pinned-node/
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --cache=/tmp/npm-cache && rm -rf /tmp/npm-cache

COPY . .
RUN node cli/page/build.ts

# A new volume takes its owner from here.
RUN mkdir /data && chown node:node /data
ENV SEABUS_HOST=0.0.0.0 SEABUS_DATA=/data
VOLUME /data
USER node

EXPOSE 7000 7001 7002 7003 7004 7005 7006
ENTRYPOINT ["node", "cli/service.ts"]
CMD ["console"]
