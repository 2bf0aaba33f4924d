#!/usr/bin/env bash
# Makes vendor/pg-boss-12.38.0.tgz of the published package: see vendor/README.md.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent pg-boss@12.38.0 --pack-destination "$folder" > /dev/null
tar xzf "$folder"/pg-boss-12.38.0.tgz -C "$folder"
find "$folder/package" -name '*.map' -delete
cd "$folder/package"
npm pkg set engines.node='>=20.19'
npm pkg delete devDependencies scripts
cd - > /dev/null
npm pack --silent "$folder/package" > /dev/null
