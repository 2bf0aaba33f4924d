#!/bin/sh
# Paints a picture, asks about it, and reads the record: sh examples/curl.sh [address of the server]
set -eu
server=${1:-http://127.0.0.1:3000}

# --fail-with-body shows the error and ends with a status other than 0.
ask() { curl --silent --show-error --fail-with-body "$@"; }

# A file, and in its headers what is needed to paint it again.
ask "$server/v1/generate-image" -H 'content-type: application/json' -H 'accept: image/png' \
  -d '{"prompt": "a giraffe standing on grass next to a red car", "seed": 1}' -D headers.txt -o giraffe.png
grep -i '^x-\(seed\|model\|revision\):' headers.txt

# Pictures go up as files of a form.
ask "$server/v1/caption" -F image=@giraffe.png -F n=2; echo
ask "$server/v1/vqa" -F image=@giraffe.png -F question='what colour is the car?'; echo
ask "$server/v1/nlvr2" -F images=@giraffe.png -F images=@giraffe.png -F statement='both images contain a giraffe'; echo

# The picture after every sampling step; here without its bytes.
ask -N "$server/v1/generate-image" -H 'content-type: application/json' -H 'accept: text/event-stream' \
  -d '{"prompt": "two dogs in the snow"}' | sed 's/"b64_json":"[^"]*"/"b64_json":"…"/g'

# What was asked, by whom, and how it ended.
ask "$server/v1/runs?limit=1"; echo
