#!/bin/sh
# sh run.sh [folder] [options of check.ts]: unpacks the pieces that lie beside this file into the folder
# (/tmp/gpu-check), and runs every part of the check there. Needs a shell, tar, and xz or Python. The report is
# report.md and report.json in $OUT, or in the folder's report/.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-/tmp/gpu-check}
[ $# -gt 0 ] && shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
started=$(date +%s)

# Those that have not been unpacked yet: a mended app comes alone. The base comes first.
for group in base app; do
  new=
  for piece in "$here/$group"-*.xz; do
    [ -e "$piece" ] || continue
    sum=$(sha256sum <"$piece" | cut -c 1-64)
    grep -q "$sum" "$here/SHA256SUMS" || { echo "$piece is damaged" >&2; exit 1; }
    grep -qs "$sum" "$folder/unpacked" || new="$new $sum"
  done
  [ -n "$new" ] || continue
  # Every piece by itself and all at once: unpacking one takes one core.
  for piece in "$here/$group"-*.xz; do
    (
      raw="$folder/$(basename "$piece" .xz).tar-part"
      if command -v xz >/dev/null; then xz -dc "$piece" >"$raw"
      else
        python3 -c 'import lzma, shutil, sys
shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"), 1 << 22)' "$piece" "$raw"
      fi
    ) &
  done
  wait
  cat "$folder/$group"-*.tar-part | tar -xf - -C "$folder"
  rm "$folder/$group"-*.tar-part
  echo "$new" >>"$folder/unpacked"
done

# Where some machines keep the driver, out of the loader's sight.
place=/usr/local/nvidia
libraries="${LD_LIBRARY_PATH:-}:$folder/lib:$place/lib64"
PATH="$PATH:$place/bin"
if [ -z "${VK_DRIVER_FILES:-}" ] && [ -e "$place/share/vulkan/icd.d/nvidia_icd.json" ]; then
  export VK_DRIVER_FILES="$place/share/vulkan/icd.d/nvidia_icd.json"
fi

# cuDNN of the machine, where there is one of the same major version; else the carried one; else an empty one, which
# only a computation on the CPU does not miss. Its neighbours, CUDA's libraries of that machine, are what it opens.
engine="$folder/engines/tensorflow-cuda"
cudnn="$engine/nvidia/cudnn/lib"
if [ ! -e "$cudnn/libcudnn.so.9" ]; then
  own=$(python3 -c 'import glob, site, sys
places = [*site.getsitepackages(), *sys.path]
found = [path for place in places for path in glob.glob(place + "/nvidia/cudnn/lib/libcudnn.so.9")]
print(found[0] if found else "")' 2>/dev/null || true)
  [ -n "$own" ] || own=$(ldconfig -p 2>/dev/null | sed -n 's/.*libcudnn\.so\.9 .*=> //p' | head -n 1)
  [ -n "$own" ] || own="$engine/stand-ins/libcudnn.so.9"
  mkdir -p "$(dirname "$cudnn")"
  ln -sfn "$(dirname "$own")" "$cudnn"
fi
for lib in "$(readlink -f "$cudnn")"/../../*/lib; do
  if [ -e "$lib/libcublasLt.so.13" ]; then libraries="$libraries:$lib"; fi
done
export PATH LD_LIBRARY_PATH="${libraries#:}"
echo "unpacked in $(($(date +%s) - started)) s; cuDNN: $(readlink -f "$cudnn/libcudnn.so.9")"

cd "$folder/app"
export NODE_ENV=production GPU_CHECK_STARTED=$started
exec "$folder/bin/node" --import tsx scripts/gpu-check/check.ts --engines-dir "$folder/engines" \
  --out "${OUT:-$folder/report}" "$@"
